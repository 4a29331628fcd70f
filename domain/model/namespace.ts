/** A Temporal namespace as its server knows it. The id outlives a change of the server's address, and no two servers make the same one. */
export interface NamespaceIdentity {
  readonly id: string;
  readonly name: string;
}
