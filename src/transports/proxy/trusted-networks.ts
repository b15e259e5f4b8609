import { BlockList, isIPv4 } from 'node:net';

/** An IP address with how many of its leading bits count. */
interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Addresses of load balancers, whose word is taken for who a client is. */
export class TrustedNetworks {
  readonly #list = new BlockList();

  constructor(networks: readonly Network[]) {
    for (const { address, bits, family } of networks) {
      this.#list.addSubnet(address, bits, family);
    }
  }

  has(address: string): boolean {
    return this.#list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  }
}
