import {
  defineAccess,
  getAccess,
  hasPermissionOn,
  workosProvider,
  type AccessMap,
} from "@xmcp-dev/workos";
import { compareAccess } from "@xmcp-dev/workos/testing";

// #region map
export const access = defineAccess({
  tools: {
    // An exact name wins over a pattern, a longer pattern over a shorter, "*" comes last.
    delete_report: { role: "admin" },
    "report_*": { permissions: ["reports:read"] },
    // Everything in one object is needed: every element of a plural key, any element of a singular one.
    export_reports: {
      permissions: ["reports:read", "reports:export"],
      role: ["analyst", "admin"],
    },
    // Alternatives are spelled out; what stands beside anyOf is needed for each of them.
    close_month: {
      organization: "required",
      anyOf: [{ role: "accountant" }, { role: "admin", featureFlags: ["admins-close"] }],
    },
    debug_dump: "denied",
    whoami: "authenticated",
  },
  resources: {
    "reports://{id}": { permissions: ["reports:read"] },
    "handbook://*": "authenticated",
  },
  prompts: { "*": "authenticated" },
});

export default workosProvider({ access });
// #endregion map

// #region check
const LIMIT = 100;

export const refunds: AccessMap = {
  tools: {
    refund_order: {
      anyOf: [
        { permissions: ["refunds:approve"] },
        {
          permissions: ["refunds:write"],
          caller: "user",
          check: ({ caller, arguments: { amount } }) =>
            typeof amount === "number" &&
            amount <= LIMIT &&
            caller.kind === "user" &&
            caller.impersonator === undefined,
        },
      ],
    },
  },
};
// #endregion check

// #region name
export const files: AccessMap = {
  resources: {
    "files://t/{team}/{id}": {
      organization: "required",
      check: ({ caller, name }) => name.startsWith(`files://t/${caller.organizationId}/`),
    },
  },
};
// #endregion name

// #region fga
export const documents: AccessMap = {
  tools: {
    edit_document: {
      check: hasPermissionOn("document:edit", ({ arguments: { documentId } }) => ({
        resourceTypeSlug: "document",
        resourceExternalId: String(documentId),
      })),
    },
  },
};
// #endregion fga

// #region fga-by-hand
export const folders: AccessMap = {
  tools: {
    move_folder: {
      check: async ({ arguments: { folderId }, access }) => {
        const { on } = await access();
        const folder = await on("folder:move", {
          resourceTypeSlug: "folder",
          resourceExternalId: String(folderId),
        });
        folder.require();
        return true;
      },
    },
  },
};
// #endregion fga-by-hand

// #region inside
export async function report({ month, draft }: { month: string; draft: boolean }) {
  const access = await getAccess();
  // Throws, and the exception's message is the tool's answer.
  if (draft) access.require({ permissions: ["reports:draft"] }, { name: `the draft of ${month}` });
  const showsCosts = access.has({ permissions: ["costs:read"] });
  return { month, showsCosts, permissions: access.permissions };
}
// #endregion inside

// #region on
export async function editFolder({ folderId }: { folderId: string }) {
  const access = await getAccess();
  const on = await access.on("folder:edit", {
    resourceTypeSlug: "folder",
    resourceExternalId: folderId,
  });
  on.require();
  return `edited ${folderId}`;
}
// #endregion on

// #region scopes
export const scoped: AccessMap = {
  tools: { send_mail: { scopes: ["mail:send"] } },
  // "mail" includes "mail:send" and every other scope below it.
  impliesScope: (granted, required) => required.startsWith(`${granted}:`),
};
// #endregion scopes

// #region proof
export function differences(tools: readonly string[]): readonly string[] {
  return compareAccess(access, { tools }).map(({ message }) => message);
}
// #endregion proof

// #region organizations
export const perOrganization = workosProvider({ organizationInPath: true });
// #endregion organizations
