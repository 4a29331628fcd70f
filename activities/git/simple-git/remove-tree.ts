export { removeTree } from '../../support/remove-tree.ts';
