lock '~> 3.17'
# VENV=release: an environment for each release, which a rollback returns to. VENV=shared: one for all, brought up to date in place, which
# is quicker, and which a rollback leaves as the newer release has made it.
venv = ENV.fetch('VENV')
set :application, "shop-#{venv}"
set :repo_url, 'file:///srv/git/peers.git'
set :branch, ENV.fetch('REVISION', 'main')
set :deploy_to, "/srv/capistrano-#{venv}"
set :keep_releases, 5
set :format_options, log_file: nil, truncate: false, color: false
append :linked_dirs, 'venv' if venv == 'shared'

namespace :deploy do
  desc 'The environment of this release'
  task :environment do
    on roles(:app) do
      environment = (venv == 'shared' ? shared_path : release_path).join('venv')
      execute :python3, '-m venv', environment unless test("[ -x #{environment}/bin/pip ]")
      execute environment.join('bin/pip'), 'install --quiet --requirement', release_path.join('src/py/requirements.txt')
    end
  end

  desc 'What is current is what runs'
  task :restart do
    on roles(:app) do
      execute :systemctl, 'restart', fetch(:application)
      execute :curl, '--silent --fail --output /dev/null --retry 30 --retry-delay 1 --retry-all-errors', "http://127.0.0.1:#{ENV.fetch('PORT')}/"
    end
  end

  after :updated, :environment
  after :publishing, :restart
end
