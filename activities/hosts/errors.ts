/** A host as messages name it: its name in the installation, and its engine's endpoint without credentials. */
export interface HostPlace {
  readonly host: string;
  readonly endpoint: string;
}

/** The engine cannot be reached, or did not answer in time. Retryable. */
export class EngineUnreachable extends Error {
  override readonly name = 'EngineUnreachable';

  constructor(place: HostPlace, doing: string, seen: string, options?: ErrorOptions) {
    super(
      `Expected the engine of host ${place.host} at ${place.endpoint} to ${doing}: ${seen}. Check that the host is up and its Docker engine runs and can be reached from this worker (tidegate doctor)`,
      options,
    );
  }
}

/** The engine answered, and with a fault of its own. Retryable. */
export class EngineFault extends Error {
  override readonly name = 'EngineFault';

  constructor(place: HostPlace, doing: string, seen: string, options?: ErrorOptions) {
    super(`Expected the engine of host ${place.host} to ${doing}, and it said: ${seen}. Look into the engine's log on that host`, options);
  }
}

/** The engine understood the request and will never do it. Terminal. */
export class EngineRefused extends Error {
  override readonly name = 'EngineRefused';

  constructor(place: HostPlace, doing: string, seen: string, options?: ErrorOptions) {
    super(
      `The engine of host ${place.host} refuses to ${doing}: ${seen}. Correct what was asked of it; a repetition will not help`,
      options,
    );
  }
}

/** The registry is there and does not hold the image. Terminal. */
export class ImageNotFound extends Error {
  override readonly name = 'ImageNotFound';

  constructor(where: { readonly host: string; readonly image: string; readonly seen: string }, options?: ErrorOptions) {
    super(
      `Expected ${where.image} for host ${where.host}, and its registry does not hold it: ${where.seen}. Push it again, or create a release from an image that is there`,
      options,
    );
  }
}

/** The image was built for other machines than the host. Terminal. */
export class WrongPlatform extends Error {
  override readonly name = 'WrongPlatform';

  constructor(host: string, image: string, runs: string, offered: readonly string[], options?: ErrorOptions) {
    super(
      `Expected ${image} to run on host ${host}, which takes ${runs}, and it is built for ${offered.join(', ') || 'nothing that it names'}. Build it for the host's platform, and create a release of that`,
      options,
    );
  }
}

/** The host has no room for the image. Terminal: room is made by a person. */
export class DiskFull extends Error {
  override readonly name = 'DiskFull';

  constructor(place: HostPlace, doing: string, seen: string) {
    super(
      `Host ${place.host} has no room left to ${doing}: ${seen}. Free some ('docker system df', 'docker image prune'), then promote again; nothing that runs was touched`,
    );
  }
}

/** The host keeps what is in /run on a disk. Terminal: a secret that was written there would outlive everything. */
export class SecretsOnDisk extends Error {
  override readonly name = 'SecretsOnDisk';

  constructor(host: string, seen: string) {
    super(
      `Expected /run of host ${host} to be memory (tmpfs), as secret files are kept there, and it is ${seen}. Mount a tmpfs at /run on that host, as systemd does, or hand the secret over as environment`,
    );
  }
}

/** Something that is not ours, or not as asked, holds the name. Terminal. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken';

  constructor(place: HostPlace, kind: 'container' | 'network', name: string, seen: string) {
    super(
      `Expected the ${kind} name ${name} on host ${place.host} to be free or ours, and ${seen}. Find out whose it is, then rename or remove it there`,
    );
  }
}

/** A network that a component is to join is not on the host. Terminal. */
export class NetworkMissing extends Error {
  override readonly name = 'NetworkMissing';

  constructor({ host }: HostPlace, network: string, container: string) {
    super(
      `Expected host ${host} to have the network ${network}, which container ${container} is to join, and it has none. Make it there ('docker network create ${network}'), or take it out of the component's networks`,
    );
  }
}

/** Another process on the host holds a port that the container publishes. Terminal. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';

  constructor(
    place: HostPlace,
    container: string,
    readonly seen: string,
  ) {
    super(`Container ${container} on host ${place.host} cannot have its port: ${seen}. Free the port there, or configure another`);
  }
}

/** The container cannot be run as asked: no such command, an impossible mount. Terminal. */
export class ContainerFailed extends Error {
  override readonly name = 'ContainerFailed';

  constructor(place: HostPlace, container: string, seen: string) {
    super(`Container ${container} on host ${place.host} does not start: ${seen}. Correct its image or how the pipeline runs it`);
  }
}

/** A container that was made before is gone. Terminal for this attempt: someone removed it. */
export class ContainerMissing extends Error {
  override readonly name = 'ContainerMissing';

  constructor(place: HostPlace, container: string, doing: string) {
    super(`Expected container ${container} on host ${place.host} to ${doing}, and it is not there. Someone removed it; deploy again`);
  }
}

/** A container carries our labels and not what they must hold, so nobody can tell what it is. Terminal. */
export class LabelsUnreadable extends Error {
  override readonly name = 'LabelsUnreadable';

  constructor(host: string, container: string, label: string, seen: string) {
    super(
      `Expected container ${container} on host ${host} to be labelled by Tidegate, and its ${label} is ${seen}. Remove the container, or its io.tidegate labels`,
    );
  }
}

/** No host of the installation has this name. Terminal. */
export class UnknownHost extends Error {
  override readonly name = 'UnknownHost';

  constructor(host: string, known: readonly string[]) {
    super(`Expected a host of the installation and saw ${JSON.stringify(host)}. Known here: ${known.join(', ') || 'none'}`);
  }
}

/** A later deployment has acted here; what an earlier one still wants counts no more. Terminal. */
export class Superseded extends Error {
  override readonly name = 'Superseded';

  constructor(host: string, what: string, generation: number, seen: number) {
    super(
      `${actor(generation)} may not change ${what} on host ${host}: ${actor(seen)} has acted there. Leave it to the later one; if there is none, look at what runs there with tidegate ps`,
    );
  }
}

/** The way back of a generation counts half a one more than its way there. */
const actor = (generation: number): string =>
  Number.isInteger(generation) ? `generation ${generation}` : `the restoration of generation ${Math.floor(generation)}`;

/** A component asks for something of its host that the environment's owners do not allow. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed';

  constructor(
    readonly component: string,
    readonly environment: string,
    what: string,
    key: string,
  ) {
    super(
      `Expected component ${component} to ask for nothing that ${environment} does not allow, and it asks for ${what}. Its owners can add it to environments[].${key} in tidegate.yaml and start the workers anew; else take it out of the pipeline`,
    );
  }
}
