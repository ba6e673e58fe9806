/** Tasks that compute MD5s of streams and of whole contents, on a thread. */
import type { LaneMessage, Md5Lanes } from "../kernels/md5-lanes.js";
import { wholeMd5s } from "../kernels/whole-md5s.js";
import { zeroMd5s } from "../kernels/zero-md5s.js";
import type { Hashes, RunningHash } from "../ports.js";
import type { CommonTasks, HandlersOf } from "./task-table.js";

type Md5Tasks = Pick<CommonTasks, "md5-update" | "md5-zeros" | "md5-end" | "md5-drop" | "md5s" | "zero-md5s">;
type LaneTasks = Pick<CommonTasks, "lanes-update" | "lanes-end" | "lanes-drop">;

const ZEROS = new Uint8Array(256 * 1024);

export function md5Tasks(hashes: Hashes): HandlersOf<Md5Tasks> {
  const running = new Map<number, RunningHash>();
  const hashOf = (stream: number): RunningHash => {
    const hash = running.get(stream) ?? hashes.md5();
    running.set(stream, hash);
    return hash;
  };
  return {
    "md5-update"({ stream, bytes }) {
      hashOf(stream).update(bytes);
      return undefined;
    },
    "md5-zeros"({ stream, length }) {
      const hash = hashOf(stream);
      for (let left = length; left > 0; left -= ZEROS.length) hash.update(ZEROS.subarray(0, left));
      return undefined;
    },
    "md5-end"({ stream }) {
      const hex = hashOf(stream).hex();
      running.delete(stream);
      return hex;
    },
    "md5-drop"({ stream }) {
      running.delete(stream);
      return undefined;
    },
    md5s: ({ contents }) => wholeMd5s(contents, hashes),
    "zero-md5s": ({ lengths }) => zeroMd5s(lengths, hashes),
  };
}

interface LaneKernel {
  readonly lanes: Md5Lanes;
  readonly newMessage: () => LaneMessage;
}

/** Tasks that compute MD5s of several streams at once. The kernel is loaded on first use. */
export function laneTasks(): HandlersOf<LaneTasks> {
  const messages = new Map<number, LaneMessage>();
  let loaded: Promise<LaneKernel> | undefined;
  const load = (): Promise<LaneKernel> => {
    loaded ??= loadLanes();
    return loaded;
  };
  const messageOf = ({ newMessage }: LaneKernel, stream: number): LaneMessage => {
    const message = messages.get(stream) ?? newMessage();
    messages.set(stream, message);
    return message;
  };
  return {
    async "lanes-update"({ streams, pieces }) {
      const kernel = await load();
      kernel.lanes.update(
        streams.map((stream, index) => ({ message: messageOf(kernel, stream), bytes: pieces[index]! })),
      );
      return undefined;
    },
    async "lanes-end"({ stream }) {
      const kernel = await load();
      const hex = kernel.lanes.hex(messageOf(kernel, stream));
      messages.delete(stream);
      return hex;
    },
    "lanes-drop"({ stream }) {
      messages.delete(stream);
      return undefined;
    },
  };
}

async function loadLanes(): Promise<LaneKernel> {
  const { LaneMessage, Md5Lanes } = await import("../kernels/md5-lanes.js");
  return { lanes: await Md5Lanes.load(), newMessage: () => new LaneMessage() };
}
