import { auth } from "express-oauth2-jwt-bearer";
import type { Create } from "./setup.ts";

export const create: Create = ({ issuer, resource }) =>
  auth({ issuerBaseURL: issuer, audience: resource });
