export { connect } from './client/browser/connect.ts';
export * from './client/public.ts';
