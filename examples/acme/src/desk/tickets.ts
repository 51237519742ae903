import { getSession } from "@xmcp-dev/workos";

export interface Ticket {
  readonly id: string;
  readonly customer: string;
  readonly subject: string;
  /** For those who may read notes only. */
  readonly note: string;
  readonly replies: string[];
}

/** The desks, by organization. A real server would have a database here. */
const desks: Readonly<Record<string, readonly Ticket[]>> = {
  org_01K0ACMEDESK0000000000000: [
    ticket("A-1", "Wile E.", "The rocket skates went left", "Third pair this month"),
    ticket("A-2", "Bugs B.", "Carrot subscription arrives twice", "Refund one of the two"),
  ],
  org_01K0G10BEXDESK00000000000: [
    ticket("G-1", "Hank S.", "Hammocks, wrong colour", "He is a friend of the owner"),
  ],
};

function ticket(id: string, customer: string, subject: string, note: string): Ticket {
  return { id, customer, subject, note, replies: [] };
}

/** The tickets of the organization that the caller chose at sign-in, and of no other. */
export function ticketsOfCaller(): readonly Ticket[] {
  const { organizationId } = getSession();
  return (organizationId !== undefined && desks[organizationId]) || [];
}

export function ticketOfCaller(id: string): Ticket {
  const found = ticketsOfCaller().find((one) => one.id === id);
  // The same words for a ticket of another desk and for none.
  if (found === undefined) throw new Error(`There is no ticket ${id} at your desk.`);
  return found;
}
