# Fills a Redmine with one example product and accounts that see different parts of it. Loaded inside Rails by start.sh;
# may run again: it adds what is missing. The last line it prints is JSON.
Setting.rest_api_enabled = '1'
Setting.login_required = '1'
admin = User.where(admin: true).first
admin.update_columns(must_change_passwd: false)
User.current = admin

def role(name, sight)
  found = Role.find_by_name(name) || Role.new(name: name)
  found.permissions = %i[view_issues]
  found.issues_visibility = sight
  yield found if block_given?
  found.save!
  found
end

def account(login)
  user = User.find_by_login(login) || User.new(firstname: login, lastname: 'Example', mail: "#{login}@example.test")
  user.login = login
  user.password = user.password_confirmation = SecureRandom.hex(16)
  user.language = 'en'
  user.save!
  user
end

texts = ['Fix commit', 'Fix test', 'CVSS', 'CWE', 'First review', 'Root cause', 'Origin']
fields = (texts + ['Severity']).to_h do |name|
  field = IssueCustomField.find_by_name(name) || IssueCustomField.new(name: name, field_format: 'string', is_for_all: true)
  if name == 'Severity'
    field.field_format = 'list'
    field.possible_values = %w[Critical High Medium Low]
  end
  field.is_filter = true
  field.save!
  [name, field]
end

security = Tracker.find_by_name('Security') || Tracker.create!(name: 'Security', default_status: IssueStatus.first)
security.custom_fields = IssueCustomField.all
bug = Tracker.find_by_name('Bug')

project = Project.find_by_identifier('pump') || Project.create!(name: 'Example pump', identifier: 'pump', is_public: false)
project.update_columns(status: Project::STATUS_ACTIVE)
project.trackers = Tracker.all
project.issue_custom_fields = IssueCustomField.all
project.enabled_module_names = %w[issue_tracking]
version = project.versions.find_by_name('2.4.0') || Version.create!(project: project, name: '2.4.0')

sights = {
  'full' => role('Full sight', 'all'),
  'partial' => role('Default sight', 'default'),
  'own' => role('Own issues only', 'own'),
  'bugs' => role('Bugs only', 'all') do |r|
    r.permissions_all_trackers = { 'view_issues' => '0' }
    r.permissions_tracker_ids = { 'view_issues' => [bug.id.to_s] }
  end
}
keys = sights.to_h do |login, sight|
  user = account(login)
  Member.create!(project: project, principal: user, roles: [sight]) unless project.members.exists?(user_id: user.id)
  [login, user.api_key]
end

closed = IssueStatus.find_by_name('Closed')
values = { 'Severity' => 'Medium', 'CWE' => 'CWE-20', 'Origin' => 'verification', 'Fix commit' => '' }
make = lambda do |place, tracker, subject, hidden|
  issue = Issue.new(project: place, tracker: tracker, author: admin, subject: subject, priority: IssuePriority.first)
  issue.is_private = hidden
  issue.fixed_version = version if place == project
  issue.custom_field_values = values.to_h { |name, text| [fields[name].id.to_s, text] }
  issue.save!
  issue
end
if project.issues.empty?
  ActiveRecord::Base.transaction do
    120.times { |n| make.call(project, security, "Example finding #{n}", n == 7) }
    make.call(project, security, 'Control issue of the release gate', true)
    5.times { |n| make.call(project, bug, "Example bug #{n}", false) }
  end
end
project.issues.where(tracker: security).update_all(status_id: closed.id, closed_on: Time.now)
control = project.issues.where(subject: 'Control issue of the release gate').first

below = Project.find_by_identifier('pump-fw')
if below.nil?
  below = Project.create!(name: 'Example pump firmware', identifier: 'pump-fw', is_public: false)
  below.set_parent!(project)
  below.trackers = Tracker.all
  below.enabled_module_names = %w[issue_tracking]
  make.call(below, security, 'Open in the subproject', false)
end
below.update_columns(status: Project::STATUS_ACTIVE)

puts JSON.generate(
  keys: keys.merge('admin' => admin.api_key), admin: admin.login, project: 'pump', tracker: 'Security', control: control.id.to_s,
  statuses: IssueStatus.all.to_h { |s| [s.name, s.id] }, issues: project.issues.where(tracker: security).order(:id).pluck(:id),
  database: ActiveRecord::Base.connection_db_config.database
)
