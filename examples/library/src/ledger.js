/** A list of entries that only grows. An account is any name; its balance is the sum of its entries. */
export class Ledger {
  #entries = [];

  /** All entries, in the order in which they were posted. */
  get entries() {
    return [...this.#entries];
  }

  /** Adds one entry. `date` is YYYY-MM-DD, `amount` is in cents and never zero. */
  post({ date, account, amount, text = '' }) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new TypeError(`'${date}' is not a date; write it like 2026-03-01.`);
    if (!Number.isSafeInteger(amount) || amount === 0) throw new TypeError(`An amount is a whole number of cents and not zero, not ${amount}.`);
    const entry = Object.freeze({ date, account, amount, text });
    this.#entries.push(entry);
    return entry;
  }

  balance(account) {
    return this.#entries.reduce((sum, entry) => (entry.account === account ? sum + entry.amount : sum), 0);
  }
}
