/** What the floor copies of the product: how many activities and signals each workflow has, and where the gate is. */
export interface Shape {
  readonly activities: number;
  /** To its parent, while it runs. */
  readonly signals: number;
  readonly children: readonly Shape[];
  /** Activities before the decision that it waits for; null: it waits for none. */
  readonly gateAfter: number | null;
}

export const countWorkflows = (shape: Shape): number =>
  1 + shape.children.reduce((total, child) => total + countWorkflows(child), 0);
export const countActivities = (shape: Shape): number =>
  shape.activities + shape.children.reduce((total, child) => total + countActivities(child), 0);
export const countSignals = (shape: Shape): number =>
  shape.signals + shape.children.reduce((total, child) => total + countSignals(child), 0);
