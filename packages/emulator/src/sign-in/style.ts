/** The pages' only style sheet; inline, because a page that loads nothing cannot be made to load something else. */
export const style = `
:root{color-scheme:light dark;--ground:#f4f4f6;--card:#fff;--ink:#18181b;--quiet:#5b5b66;--line:#e2e2e8;--hover:#f6f6fa;
--accent:#5046e4;--accent-strong:#4338ca;--on-accent:#fff;--notice:#fff7e0;--notice-ink:#6b4700;--notice-line:#f0d58a;
--alert:#fdecec;--alert-ink:#8f1d1d;--alert-line:#f3b9b9;--shadow:0 1px 2px #0000000a,0 12px 32px #18181b14}
@media (prefers-color-scheme:dark){:root{--ground:#0e0e11;--card:#18181c;--ink:#f4f4f5;--quiet:#a9a9b6;--line:#2d2d35;
--hover:#212127;--accent:#8b83ff;--accent-strong:#a29bff;--on-accent:#0e0e11;--notice:#2b2411;--notice-ink:#f3d98b;
--notice-line:#56481d;--alert:#331718;--alert-ink:#ffb4b4;--alert-line:#6a2a2c;--shadow:0 12px 32px #0006}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;align-items:center;
justify-content:center;gap:20px;padding:24px 16px;background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{width:100%;max-width:420px;background:var(--card);border:1px solid var(--line);border-radius:16px;
padding:32px 28px;box-shadow:var(--shadow)}
h1{margin:0 0 6px;font-size:22px;line-height:1.25;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{margin:24px 0 8px;font-size:13px;font-weight:600;color:var(--quiet)}
p{margin:0 0 16px}.quiet{color:var(--quiet);font-size:14px;overflow-wrap:anywhere}
.quiet b{color:var(--ink);font-weight:600}
ul{list-style:none;margin:0;padding:0;display:grid;gap:8px}
.choice{width:100%;display:flex;align-items:center;gap:12px;padding:10px 12px;text-align:left;font:inherit;
color:inherit;background:none;border:1px solid var(--line);border-radius:12px;cursor:pointer}
.choice:hover{background:var(--hover);border-color:var(--accent)}
.choice[data-hinted]{border-color:var(--accent)}
.choice small{display:block;color:var(--quiet);font-size:13px;overflow-wrap:anywhere}
.choice span:last-child{min-width:0}.choice strong{font-weight:600;overflow-wrap:anywhere}
.avatar{flex:none;width:38px;height:38px;display:grid;place-items:center;border-radius:50%;font-size:14px;
font-weight:650;background:var(--accent);color:var(--on-accent)}
.avatar.square{border-radius:10px}
.divider{display:flex;align-items:center;gap:12px;margin:20px 0;color:var(--quiet);font-size:13px}
.divider::before,.divider::after{content:"";flex:1;border-top:1px solid var(--line)}
label{display:block;margin:0 0 6px;font-size:14px;font-weight:600}
input[type=email]{width:100%;padding:10px 12px;font:inherit;color:inherit;background:var(--card);
border:1px solid #8a8a96;border-radius:10px}
.button{width:100%;margin-top:12px;padding:11px 16px;font:inherit;font-weight:600;border-radius:10px;cursor:pointer;
border:1px solid var(--line);background:var(--card);color:var(--ink)}
.button:hover{background:var(--hover)}
.button.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
.button.primary:hover{background:var(--accent-strong);border-color:var(--accent-strong)}
.actions{display:grid;grid-template-columns:1fr 1fr;gap:12px;margin-top:20px}.actions .button{margin:0}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
dl{margin:20px 0 0;padding:14px 16px;border:1px solid var(--line);border-radius:12px;font-size:14px}
dt{color:var(--quiet)}dd{margin:0 0 10px;font-weight:600;overflow-wrap:anywhere}dd:last-child{margin:0}
.scopes li{display:flex;gap:10px;font-size:15px}.scopes li::before{content:"✓";color:var(--accent);font-weight:700}
.notice,.alert{margin:20px 0 0;padding:12px 14px;border-radius:12px;font-size:14px;border:1px solid}
.notice{background:var(--notice);color:var(--notice-ink);border-color:var(--notice-line)}
.alert{background:var(--alert);color:var(--alert-ink);border-color:var(--alert-line);margin:16px 0}
footer{max-width:420px;text-align:center;font-size:13px;color:var(--quiet)}
footer b{color:var(--ink)}
@media (max-width:380px){main{padding:24px 18px}.actions{grid-template-columns:1fr}}
`;
