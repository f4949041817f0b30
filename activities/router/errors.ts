/** The host's router did not do as asked. Retryable. */
export class RouterFailed extends Error {
  override readonly name = 'RouterFailed';

  constructor(host: string, doing: string, seen: string, options?: ErrorOptions) {
    super(`Expected the router of host ${host} to ${doing}, and saw: ${seen}. Look at its log there with docker logs`, options);
  }
}

/** The router's image cannot be had. Terminal. */
export class RouterImageMissing extends Error {
  override readonly name = 'RouterImageMissing';

  constructor(host: string, image: string, seen: string, options?: ErrorOptions) {
    super(
      `Host ${host} cannot get the router's image ${image}: ${seen}. Push it there, or name another one as the router's image`,
      options,
    );
  }
}

/** The router that runs was installed with settings that only a new container can change. Terminal. */
export class RouterDiffers extends Error {
  override readonly name = 'RouterDiffers';

  constructor(host: string, container: string, expected: string, seen: string) {
    super(
      `Expected router ${container} on host ${host} to publish ${expected}, and it publishes ${seen}. Configure that, or remove the container (docker rm -f ${container}): it is made anew with all its routes, and requests fail until then`,
    );
  }
}

/** Requests for a host name and path go to another application or environment already. Terminal. */
export class RouteTaken extends Error {
  override readonly name = 'RouteTaken';

  constructor(host: string, address: string, wanted: string, owner: string) {
    super(
      `Expected ${address} on host ${host} to be free for ${wanted}, and ${owner} serves it. Publish one of them under another host name or path`,
    );
  }
}

/** What a plan would publish on a host, others publish there. Terminal. */
export class PublicationsTaken extends Error {
  override readonly name = 'PublicationsTaken';

  constructor(host: string, conflicts: readonly string[]) {
    super(`Host ${host} cannot publish all of it: ${conflicts.join('; ')}. Publish one of each pair elsewhere`);
  }
}

/** A component that connections came to over TCP is to have requests over HTTP, or the other way round. Terminal. */
export class PublicationKindChanged extends Error {
  override readonly name = 'PublicationKindChanged';

  constructor(host: string, route: string, from: string, to: string) {
    super(
      `Component ${route} is published over ${from} on host ${host}, and its router cannot move it to ${to} without a gap. Publish it over ${to} under another component's name, and remove this one`,
    );
  }
}

/** A certificate that users would refuse, or that no router could show. Terminal. */
export class CertificateUnfit extends Error {
  override readonly name = 'CertificateUnfit';

  constructor(environment: string, certificate: string, reason: string) {
    super(
      `Expected certificate ${certificate} of environment ${environment} to be fit for its users: ${reason}. Correct what environments[].tls of tidegate.yaml refers to; tidegate doctor checks it`,
    );
  }
}

/** A host name or path that cannot be routed. Terminal. */
export class RouteMalformed extends Error {
  override readonly name = 'RouteMalformed';

  constructor(host: string, route: string, seen: string) {
    super(
      `Expected ${route} on host ${host} to publish a host name and a path beginning with /, or a listed port, and saw ${seen}. Correct its publish section`,
    );
  }
}

/** The router has no place left. Terminal. */
export class RouterFull extends Error {
  override readonly name = 'RouterFull';

  constructor(host: string, kind: string, limit: number) {
    super(`The router of host ${host} holds ${limit} ${kind} and no more. Use another host for some of the applications`);
  }
}

/** A server was named that the route does not have, or a route that was never opened. Terminal: someone took it out. */
export class ServerUnknown extends Error {
  override readonly name = 'ServerUnknown';

  constructor(host: string, route: string, server: string) {
    super(`Expected route ${route} of host ${host}'s router to know ${server}, and it does not. Deploy again`);
  }
}
