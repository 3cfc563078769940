#pragma once
#include <libpq-fe.h>

// A macro of a character constant, which Swift does not import.
static const int cpostgres_diag_sqlstate = PG_DIAG_SQLSTATE;
