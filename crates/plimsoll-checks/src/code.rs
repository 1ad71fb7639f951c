//! Rules that data cannot say, by name.

pub(crate) mod accounts;
mod files;
pub(crate) mod history;
mod image;
mod servers;

use crate::baseline::Baseline;
use crate::rule::Outcome;
use crate::tree::Tree;
use serde::Deserialize;

macro_rules! functions {
    ($($name:ident = $call:path),*; $($server:ident = $judge:path),*) => {
        /// A named rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub(crate) enum Function {
            $($name,)*
            $($server),*
        }

        impl Function {
            /// What it comes to.
            pub fn call(self, tree: &Tree<'_>, baseline: &Baseline) -> Outcome {
                match self {
                    $(Function::$name => $call(tree),)*
                    $(Function::$server => $judge(tree, baseline)),*
                }
            }
        }
    };
}

functions! {
    UserNotRoot = image::user_not_root,
    Healthcheck = image::healthcheck,
    SensitiveVolumes = image::sensitive_volumes,
    RemoteAccessPorts = image::remote_access_ports,
    AbsoluteWorkingDir = image::absolute_working_dir,
    NoOnBuild = image::no_on_build,
    CommandWithSudo = image::command_with_sudo,
    NoCredentials = history::no_credentials,
    NoUpdateAlone = history::no_update_alone,
    NoAdd = history::no_add,
    NoAddUrl = history::no_add_url,
    NoSudo = history::no_sudo,
    NoDistUpgrade = history::no_dist_upgrade,
    ApkNoCache = history::apk_no_cache,
    AptListsRemoved = history::apt_lists_removed,
    DnfCacheRemoved = history::dnf_cache_removed,
    NoPipeToShell = history::no_pipe_to_shell,
    NoOpenModes = history::no_open_modes,
    NoUncheckedDownload = history::no_unchecked_download,
    NoUnsignedPackages = history::no_unsigned_packages,
    NoPasswordSet = history::no_password_set,
    UniqueUsers = accounts::unique_users,
    UniqueUids = accounts::unique_uids,
    UniqueUsersAndUids = accounts::unique_users_and_uids,
    UniqueGroups = accounts::unique_groups,
    UniqueGroupNames = accounts::unique_group_names,
    UniqueGids = accounts::unique_gids,
    OnlyRootIsUid0 = accounts::only_root_is_uid_0,
    RootGid0 = accounts::root_gid_0,
    OnlyRootHasGid0 = accounts::only_root_has_gid_0,
    OnlyGroupRootIsGid0 = accounts::only_group_root_is_gid_0,
    Shadowed = accounts::shadowed,
    NoEmptyPassword = accounts::no_empty_password,
    NoSharedHash = accounts::no_shared_hash,
    NoWeakHash = accounts::no_weak_hash,
    NoUnprivilegedInPrivilegedGroup = accounts::no_unprivileged_in_privileged_group,
    NoPlusInPasswd = accounts::no_plus_in_passwd,
    NoPlusInShadow = accounts::no_plus_in_shadow,
    NoPlusInGroup = accounts::no_plus_in_group,
    GroupsExist = accounts::groups_exist,
    ShadowGroupEmpty = accounts::shadow_group_empty,
    ExpiryConfigured = accounts::expiry_configured,
    MinimumDays = accounts::minimum_days,
    WarnDays = accounts::warn_days,
    InactiveDays = accounts::inactive_days,
    LastChangesPast = accounts::last_changes_past,
    SystemAccountsNologin = accounts::system_accounts_nologin,
    AccountsWithoutShellLocked = accounts::accounts_without_shell_locked,
    RootHasNoPassword = accounts::root_has_no_password,
    NologinNotInShells = accounts::nologin_not_in_shells,
    OldEntries = accounts::old_entries,
    HomeFolders = accounts::home_folders,
    HomesExist = accounts::homes_exist,
    DotFiles = accounts::dot_files,
    NoRhosts = accounts::no_rhosts,
    NoRootKeys = accounts::no_root_keys,
    NoUserKeys = accounts::no_user_keys,
    NoSeenSecret = accounts::no_seen_secret,
    NoSetuidFiles = files::no_setuid_files,
    NoUnusualSetuidFiles = files::no_unusual_setuid_files,
    NoSetuidInterpreters = files::no_setuid_interpreters,
    NoWorldWritableFiles = files::no_world_writable_files,
    StickyWorldWritableFolders = files::sticky_world_writable_folders,
    NoUnownedFiles = files::no_unowned_files,
    ProgramFoldersOwnedByRoot = files::program_folders_owned_by_root,
    ProgramsNotWritableByOthers = files::programs_not_writable_by_others,
    NoCapabilities = files::no_capabilities,
    NoDangerousCapabilities = files::no_dangerous_capabilities,
    NoDeviceFiles = files::no_device_files,
    NoStrayFiles = files::no_stray_files,
    SafePath = files::safe_path;
    NginxAliasTraversal = servers::nginx_alias_traversal,
    ApacheRootDenied = servers::apache_root_denied,
    TomcatAjpSecret = servers::tomcat_ajp_secret,
    TomcatNoListings = servers::tomcat_no_listings,
    HaproxyStatsAuth = servers::haproxy_stats_auth
}
