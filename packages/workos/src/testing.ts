export { compareAccess, type AccessFinding, type Registered } from "./access/compare-access.js";
