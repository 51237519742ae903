import type { ResourceMetadata } from "xmcp";

export const metadata: ResourceMetadata = {
  name: "refund-policy",
  description: "When customers get their money back",
};

export default function refundPolicy() {
  return "Up to $200 a lead decides, above it an admin. Be kind.";
}
