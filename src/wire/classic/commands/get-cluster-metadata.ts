import { type Codec, type Empty, emptyRequest } from '../codec.ts';
import {
  type ClusterMetadata,
  readClusterMetadata,
  writeClusterMetadata,
} from '../structures/cluster-metadata.ts';

/** GetClusterMetadata, code 12: one healthy leader where clustering is off. */
export const getClusterMetadata: Codec<Empty, ClusterMetadata> = {
  code: 12,
  name: 'cluster.metadata',
  permission: 'authenticated',
  ...emptyRequest,
  writeResponse: writeClusterMetadata,
  readResponse: readClusterMetadata,
};
