// An echo server in plain Node: what an event loop of Node takes for a request that needs no work.
import { type AddressInfo, createServer } from 'node:net';

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => socket.write(chunk));
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ event: 'ready', tcp: `127.0.0.1:${port}` }));
});
// The end of standard input is the signal to stop, as for the other servers.
process.stdin.once('end', () => process.exit(0)).resume();
