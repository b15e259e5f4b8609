import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { httpCompressedBytesMin } from '../../wire/limits.ts';
import type { HostRequest, HostResponse } from './host/host.ts';

const compress = promisify(gzip);
/** Quick: the answers are texts that repeat themselves, and callers wait. */
const options = { level: constants.Z_BEST_SPEED };
const TAKES_GZIP = /(?:^|,)\s*gzip\s*(?:$|,|;\s*q=(?!0(?:\.0*)?\s*(?:$|,)))/i;

/** The response, compressed off this thread where the caller takes that and it pays. */
export async function compressed(
  request: HostRequest,
  response: HostResponse,
): Promise<HostResponse> {
  const { body, headers } = response;
  if (body.length < httpCompressedBytesMin) return response;
  if (!TAKES_GZIP.test(request.header('accept-encoding') ?? '')) return response;
  const encoding = [
    ['content-encoding', 'gzip'],
    ['vary', 'accept-encoding'],
  ] as const;
  const smaller = await compress(body, options);
  return { ...response, headers: [...headers, ...encoding], body: smaller };
}
