import type { Create } from "./setup.ts";

/** The app without authentication: what everything else is held against. */
export const create: Create = () => (_request, _response, next) => {
  next();
};
