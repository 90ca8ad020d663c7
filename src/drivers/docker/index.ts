export { findBuilder, type Builder } from './builder'
export { ownConfig, PrivateConfig, removeConfig, type DockerConfig, type Login } from './config'
export { credentialsFor } from './credentials'
export { environment, runDocker, type Finished } from './process'
