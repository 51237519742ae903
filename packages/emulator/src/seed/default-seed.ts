import type { Seed } from "./seed.js";

/** The environment of an emulator that was given no seed: three people in two organizations. */
export const defaultSeed: Seed = {
  clientId: "client_01K0ENV1R0NMENT00000000000",
  apiKey: "sk_test_local_emulator_only_not_a_secret",
  users: [
    {
      id: "user_01K0ADA0000000000000000000",
      email: "ada@acme.test",
      firstName: "Ada",
      lastName: "Lovelace",
    },
    {
      id: "user_01K0GRACE00000000000000000",
      email: "grace@acme.test",
      firstName: "Grace",
      lastName: "Hopper",
    },
    {
      id: "user_01K0A1AN000000000000000000",
      email: "alan@turing.test",
      firstName: "Alan",
      lastName: "Turing",
    },
  ],
  organizations: [
    { id: "org_01K0ACME000000000000000000", name: "Acme", domains: ["acme.test"] },
    { id: "org_01K0G10BEX0000000000000000", name: "Globex", domains: ["globex.test"] },
  ],
  memberships: [
    {
      id: "om_01K0ADAATACME0000000000000",
      userId: "user_01K0ADA0000000000000000000",
      organizationId: "org_01K0ACME000000000000000000",
      roles: ["admin"],
    },
    {
      id: "om_01K0ADAATG10BEX00000000000",
      userId: "user_01K0ADA0000000000000000000",
      organizationId: "org_01K0G10BEX0000000000000000",
      roles: ["member"],
    },
    {
      id: "om_01K0GRACEATACME00000000000",
      userId: "user_01K0GRACE00000000000000000",
      organizationId: "org_01K0ACME000000000000000000",
      roles: ["member"],
    },
  ],
  roles: [
    {
      slug: "admin",
      name: "Admin",
      description: "Reads and writes reports and manages people",
      permissions: ["reports:read", "reports:write", "users:manage"],
    },
    { slug: "member", name: "Member", description: "Reads reports", permissions: ["reports:read"] },
  ],
  permissions: [
    { slug: "reports:read", name: "Read reports" },
    { slug: "reports:write", name: "Write reports" },
    { slug: "users:manage", name: "Manage people" },
  ],
  applications: [
    {
      kind: "oauth",
      clientId: "client_01K0DASHB0ARD0000000000000",
      clientSecret: "local_dashboard_not_a_secret",
      name: "Acme Dashboard",
      redirectUris: ["http://127.0.0.1/callback"],
    },
    {
      kind: "m2m",
      clientId: "client_01K0REP0RTER00000000000000",
      clientSecret: "local_reporter_not_a_secret",
      name: "Nightly Reporter",
      organizationId: "org_01K0ACME000000000000000000",
    },
  ],
  apiKeys: [
    {
      id: "api_key_01K0N1GHT1Y0000000000000000",
      name: "Nightly export",
      value: "sk_local_nightly_export_not_a_secret",
      organizationId: "org_01K0ACME000000000000000000",
      permissions: ["reports:read"],
    },
  ],
  resources: [],
  directories: [
    {
      id: "directory_01K0ACMED1R000000000000000",
      name: "Acme Okta",
      organizationId: "org_01K0ACME000000000000000000",
      type: "okta scim v2.0",
      domain: "acme.test",
    },
  ],
  directoryGroups: [
    {
      id: "directory_group_01K0ENG1NEER1NG00000000000",
      directoryId: "directory_01K0ACMED1R000000000000000",
      name: "Engineering",
    },
    {
      id: "directory_group_01K0F1NANCE000000000000000",
      directoryId: "directory_01K0ACMED1R000000000000000",
      name: "Finance",
    },
  ],
  directoryUsers: [
    {
      id: "directory_user_01K0ADAD1R0000000000000000",
      directoryId: "directory_01K0ACMED1R000000000000000",
      email: "ada@acme.test",
      firstName: "Ada",
      lastName: "Lovelace",
      groupIds: [
        "directory_group_01K0ENG1NEER1NG00000000000",
        "directory_group_01K0F1NANCE000000000000000",
      ],
    },
    {
      id: "directory_user_01K0GRACED1R00000000000000",
      directoryId: "directory_01K0ACMED1R000000000000000",
      email: "grace@acme.test",
      firstName: "Grace",
      lastName: "Hopper",
      groupIds: ["directory_group_01K0ENG1NEER1NG00000000000"],
    },
  ],
  auditLogSchemas: [{ action: "document.viewed", targets: [{ type: "document" }] }],
  connections: [
    {
      id: "conn_01K0ACME0KTA00000000000000",
      organizationId: "org_01K0ACME000000000000000000",
      name: "Acme Okta",
      type: "OktaSAML",
      domains: ["acme.test"],
    },
  ],
};
