/** Command lines to begin with, without the leading `veltro`. */
export const benchExamples: readonly (readonly [text: string, line: string])[] = [
  ['how fast 8 producers write, each to a stream of its own', 'bench pp tcp'],
  ['and how fast 8 consumers read that', 'bench pc tcp'],
  ['both at once: the latency is the time from sending to reading', 'bench ppc tcp'],
  ['4 producers over 8 partitions, smaller messages', 'bench -m 200 bp -p 4 -a 8 tcp'],
  ['a consumer group of 4 reads what was written', 'bench -m 200 bcg -c 4 tcp'],
  ['latency at a steady 50 MB a second', 'bench -r 50MB -T 500MB -P 100 ppc -p 4 -c 4 tcp'],
  ['one small message at a time', 'bench -m 100 -P 1 -b 10000 pp -p 1 tcp'],
  ['random sizes', 'bench -m 100..2000 -P 1..500 pp tcp'],
  ['through the client library, as programs do', 'bench -H pp -p 4 tcp'],
  ['keep a report with charts', 'bench pp tcp output -o results --remark first'],
  ['how the broker scales with its threads', 'bench --threads 1,2,4 pp tcp'],
  ['compare two reports', 'bench compare first/report.json second/report.json'],
];

/** The examples as text. */
export function examplesText(): string {
  return benchExamples.map(([text, line]) => `# ${text}\nveltro ${line}`).join('\n\n');
}
