import { guard } from "../../../../lib/guard";

export const { GET, OPTIONS } = guard.metadata;
