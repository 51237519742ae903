export default { entryPoints: ["src/index.ts"] };
