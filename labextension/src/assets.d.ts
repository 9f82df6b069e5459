/** What the build turns a file that is not a script into when a module imports it. */

declare module "*.svg" {
  /** The file's text. */
  const text: string;
  export default text;
}

declare module "*.css" {
  /** Joined to the style sheet of the surface that imports it. */
  const nothing: undefined;
  export default nothing;
}

declare module "*?raw" {
  const text: string;
  export default text;
}
