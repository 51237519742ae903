import { workosProvider } from "../../../src/index.js";

const resource = { resourceId: "authz_resource_01DOC" };

export const middleware = workosProvider({
  access: {
    tools: {
      secrets: {
        check: async ({ access }) => {
          const { on } = await access();
          return (
            !(await on("docs:read", resource)).isAllowed && !!(await on("docs:write", resource))
          );
        },
      },
    },
  },
});

export default () => "the secret";
