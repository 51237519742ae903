// Preloaded where a test stands for a container network: a service's name is an address of this machine.
import dns from "node:dns";

const { AUTHKIT_ADDRESS = "127.0.0.2" } = process.env;
const { lookup } = dns;

dns.lookup = (hostname, options, callback) => {
  const [settings, done] = typeof options === "function" ? [{}, options] : [options, callback];
  if (hostname !== "authkit" && hostname !== "authkit.localhost")
    return lookup(hostname, settings, done);
  if (settings.all) done(null, [{ address: AUTHKIT_ADDRESS, family: 4 }]);
  else done(null, AUTHKIT_ADDRESS, 4);
};
