/** Who pulls images of a registry: for a run, never stored. */
export interface RegistryLogin {
  /** Host and port, `docker.io` for Docker Hub. */
  readonly registry: string
  readonly username: string
  readonly password: string
}
