#pragma once
#define SD_JOURNAL_SUPPRESS_LOCATION /* without this, sd_journal_sendv is a macro, which Swift cannot import */
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <systemd/sd-login.h>
