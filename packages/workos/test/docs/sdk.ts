import { getCaller, getClient, getSession } from "@xmcp-dev/workos";

export async function organizations(): Promise<void> {
  // #region organizations
  const workos = getClient();
  const session = getSession();

  // Get organization details
  if (session.organizationId) {
    const org = await workos.organizations.getOrganization(session.organizationId);
    console.log(org.name, org.domains);
  }

  // List all organizations
  const orgs = await workos.organizations.listOrganizations();
  console.log(orgs.data.length);
  // #endregion organizations
}

export async function directory(directoryId: string): Promise<void> {
  // #region directory
  const workos = getClient();

  // List directory users
  const users = await workos.directorySync.listUsers({ directory: directoryId });

  // List groups
  const groups = await workos.directorySync.listGroups({ directory: directoryId });

  console.log(users.data.length, groups.data.length);
  // #endregion directory
}

export async function auditLog(): Promise<void> {
  // #region audit-log
  const workos = getClient();
  const session = getSession();

  // Create an audit log event: the organization comes first
  if (session.organizationId) {
    await workos.auditLogs.createEvent(session.organizationId, {
      action: "document.viewed",
      occurredAt: new Date(),
      actor: { id: session.userId, type: "user" },
      targets: [{ id: "doc_123", type: "document" }],
      context: { location: "203.0.113.7" },
    });
  }
  // #endregion audit-log
}

export async function connections(): Promise<void> {
  // #region connections
  const workos = getClient();
  const session = getSession();

  // List SSO connections for an organization
  if (session.organizationId) {
    const connections = await workos.sso.listConnections({
      organizationId: session.organizationId,
    });
    console.log(connections.data.length);
  }
  // #endregion connections
}

export function whoami(): string {
  // #region caller
  const caller = getCaller();
  switch (caller.kind) {
    case "user":
      return `the person ${caller.id}, signed in with ${caller.clientId}`;
    case "application":
      return `the application ${caller.id}`;
    case "api-key":
      return `the API key "${caller.name}" of ${caller.owner.kind} ${caller.owner.id}`;
    default:
      return `the ${caller.kind} ${caller.id}`;
  }
  // #endregion caller
}
