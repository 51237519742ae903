import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import { workosNest } from "@xmcp-dev/workos/nest";
import { AppModule } from "./app.module.js";

/** Reads WORKOS_API_KEY, WORKOS_CLIENT_ID, WORKOS_AUTHKIT_DOMAIN and BASE_URL. */
const guard = workosNest({
  access: { tools: { greet: "authenticated", refund: { permissions: ["refunds:create"] } } },
});

const app = await NestFactory.create(AppModule);
// No Nest guard: this one serves documents, and lasts while a tool runs.
app.use(guard);
await app.listen(Number(process.env["PORT"] ?? 3002), "127.0.0.1");
process.once("SIGTERM", () => {
  void guard.close().then(() => app.close());
});
