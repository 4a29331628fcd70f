/** What every code host takes, so that a project can move between them. Of those we know, GitHub takes least. */
export const maxTitleLength = 256;
export const maxBodyLength = 65_536;
