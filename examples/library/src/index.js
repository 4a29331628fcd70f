export { Ledger } from './ledger.js';
export { formatAmount, parseAmount } from './money.js';
