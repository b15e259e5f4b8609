/** Limits of benchmarks. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Actors of one kind in a benchmark: each has a connection. */
export const benchActorsMax = 1024;
/** Threads that the actors of a benchmark share. */
export const benchWorkersMax = 64;
/** Partitions of a topic, streams and groups of a benchmark. */
export const benchPlacesMax = 1000;
/** Requests that one producer of a benchmark has sent without an answer. */
export const benchDepthMax = 256;
/**
 * Latencies that an actor keeps, 8 bytes each, for exact percentiles; of more, a uniform sample.
 */
export const benchSamplesMax = 1_000_000;
/** Points of one actor's time series; a longer run gets buckets of twice the time. */
export const benchBucketsMax = 10_000;
/** Frames that are prepared for all producers together, where sizes are drawn from a range. */
export const benchFramesBytesMax = 256 * MIB;
/** Prepared frames of one producer, where sizes are drawn from a range. */
export const benchFramesMax = 32;
/** What one read of a benchmark's connection takes. */
export const benchReadBytes = 256 * KIB;
/** Points of one line in a chart; more are thinned. */
export const benchChartPointsMax = 3000;
