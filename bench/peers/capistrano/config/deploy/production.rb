server ENV.fetch('HOST'), user: 'root', roles: %w[app], ssh_options: {
  keys: [ENV.fetch('SSH_KEY')], keys_only: true, config: false,
  verify_host_key: :always, user_known_hosts_file: ENV.fetch('KNOWN_HOSTS')
}
