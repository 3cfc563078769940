#pragma once
#define SD_JOURNAL_SUPPRESS_LOCATION /* else sd_journal_sendv is a macro and does not import */
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <systemd/sd-login.h>
