import { getClusterMetadata } from '../wire/classic/commands/get-cluster-metadata.ts';
import type { ClusterMetadata } from '../wire/classic/structures/cluster-metadata.ts';
import type { ControlHandler } from './handler.ts';

/** One node, which leads itself. */
export const handleGetClusterMetadata: ControlHandler<undefined, ClusterMetadata> = {
  codec: getClusterMetadata,
  handle: ({ node }) => ({ name: 'single-node', nodes: [node()] }),
};
