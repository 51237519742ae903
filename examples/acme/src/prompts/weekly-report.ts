import type { PromptMetadata } from "xmcp";

export const metadata: PromptMetadata = {
  name: "weekly_report",
  title: "Weekly report",
  description: "Reports on the desk's week",
  role: "user",
};

export default function weeklyReport() {
  return "List the tickets of the desk and report on the week in five sentences.";
}
