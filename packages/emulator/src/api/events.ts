import type { Hono } from "hono";
import type { EventLog } from "../events/event-log.js";
import { apiError, unprocessable } from "./api-error.js";
import { listResponse } from "./pagination.js";
import { readQuery } from "./query.js";

/** The Events API: what changed, by type, from a time or from an event on. */
export function addEventRoutes(api: Hono, log: EventLog): void {
  api.get("/events", (context) => {
    const query = readQuery(context);
    // The SDK joins types with commas, other clients repeat the parameter.
    const types = query
      .getAll("events")
      .concat(query.getAll("events[]"))
      .flatMap((text) => text.split(","))
      .filter((type) => type !== "");
    if (types.length === 0) {
      return unprocessable("Validation failed.", [{ field: "events", code: "required" }]);
    }
    const start = query.get("range_start");
    const end = query.get("range_end");
    if (start !== null && query.get("after") !== null) {
      return apiError(400, "The parameters after and range_start exclude each other.");
    }
    const organization = query.get("organization_id");
    const matching = log
      .all()
      .filter(
        ({ event, data, created_at }) =>
          types.includes(event) &&
          (start === null || Date.parse(created_at) >= Date.parse(start)) &&
          (end === null || Date.parse(created_at) <= Date.parse(end)) &&
          (organization === null || data["organization_id"] === organization),
      );
    // Unlike other lists this one begins with the oldest, whatever order is asked for.
    query.set("order", "asc");
    // An event that this emulator has forgotten is still a place to go on from, since IDs sort by time.
    const after = query.get("after") ?? "";
    const isForgotten =
      /^event_[0-9A-Z]{26}$/u.test(after) && log.all().every(({ id }) => id !== after);
    if (isForgotten) query.delete("after");
    const found = isForgotten ? matching.filter(({ id }) => id > after) : matching;
    return listResponse(found, query, (event) => event);
  });
}
