/* Linked into static programs only. glibc looks names up through the services of /etc/nsswitch.conf. All but two of them are
   libraries of the system, which a static program has to load together with the system's glibc: another version than its own
   ends the process (SIGFPE, SIGABRT). So it keeps to the two that it has inside, whatever the file says: as Go does, and with it
   Terraform. */

int __nss_configure_lookup(const char *database, const char *services);

__attribute__((constructor)) static void only_what_is_inside(void) {
    __nss_configure_lookup("hosts", "files dns");
    __nss_configure_lookup("passwd", "files");
}
