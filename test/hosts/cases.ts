import type { Case } from "./case.ts";
import { access } from "./cases/access.ts";
import { attacks } from "./cases/attacks.ts";
import { bodies } from "./cases/bodies.ts";
import { callers } from "./cases/callers.ts";
import { challenges } from "./cases/challenges.ts";
import { documents } from "./cases/documents.ts";
import { headers } from "./cases/headers.ts";
import { organizations } from "./cases/organizations.ts";
import { outages } from "./cases/outages.ts";
import { streams } from "./cases/streams.ts";
import { trail } from "./cases/trail.ts";
import { verification } from "./cases/verification.ts";

/** Every case of the matrix; one that changes what others see comes after them. */
export const CASES: readonly Case[] = [
  ...documents,
  ...challenges,
  ...verification,
  ...callers,
  ...access,
  ...organizations,
  ...trail,
  ...bodies,
  ...headers,
  ...attacks,
  ...streams,
  ...outages,
];
