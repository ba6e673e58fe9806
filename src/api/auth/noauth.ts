/** No authentication, as the reference system has it: the token says who asks, and everyone is an administrator. */
import { OPERATOR } from "../../service/access/caller.js";
import type { Authenticator } from "./authenticator.js";

/** What `openstack --os-auth-type none` sends. */
const NO_TOKEN = "notused";

export const noAuthentication: Authenticator = {
  challenge: "None",
  async authenticate({ token, projectId }) {
    if (token === null || token === NO_TOKEN)
      return projectId === undefined ? OPERATOR : { ...OPERATOR, projectId };
    const separator = token.indexOf(":");
    const userId = separator === -1 ? token : token.slice(0, separator);
    const project = separator === -1 ? token : token.slice(separator + 1);
    if (userId === "" || project === "") return undefined;
    return { userId, projectId: project, roles: ["admin"] };
  },
};
