// The guide's test is a test.
import "../../docs/snippets/access-testing.ts";
