/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>
#include <stdatomic.h>

#include "belfry-message-ids.h"

G_BEGIN_DECLS

/**
 * BelfryLogLevel:
 *
 * How much a line matters, with syslog's numbers.
 */
typedef enum
{
  BELFRY_LOG_ERROR = 3,   /* something that the service exists for was not done */
  BELFRY_LOG_WARNING = 4, /* somebody should look */
  BELFRY_LOG_NOTICE = 5,  /* rare and worth knowing: started, reloaded, stopped */
  BELFRY_LOG_INFO = 6,    /* what an operator follows */
  BELFRY_LOG_DEBUG = 7,   /* what a developer follows */
} BelfryLogLevel;

#define BELFRY_LOG_MAX_FIELDS 6

/**
 * BelfryLogField:
 *
 * A journal field: an upper-case name and its text. A %NULL text leaves the field out.
 */
typedef struct
{
  const char *name;  /* (unowned) */
  const char *value; /* (unowned) (nullable) */
} BelfryLogField;

/**
 * BelfryLogContext:
 *
 * What a line is about, apart from its words; made on the stack at the call. The fields end at the
 * first without a name.
 */
typedef struct
{
  const char *message_id; /* (unowned) (nullable): one of belfry-message-ids.h */
  BelfryLogField fields[BELFRY_LOG_MAX_FIELDS];
} BelfryLogContext;

/* The most verbose level that any domain has on: one relaxed load decides most calls. Read through
 * belfry_log_enabled(). */
extern _Atomic int belfry_log_gate;

gboolean belfry_log_enabled_for_domain (BelfryLogLevel level, const char *domain);

/**
 * belfry_log_enabled:
 * @level: a level
 * @domain: a log domain, usually `G_LOG_DOMAIN`
 *
 * Returns: whether a line would be written; asked before anything is formatted. Any thread.
 */
static inline gboolean
belfry_log_enabled (BelfryLogLevel level, const char *domain)
{
  if (G_LIKELY ((int) level > atomic_load_explicit (&belfry_log_gate, memory_order_relaxed)))
    return FALSE;
  return belfry_log_enabled_for_domain (level, domain);
}

/**
 * belfry_log_set_levels:
 * @levels: a level's name, then `,DOMAIN=LEVEL` for exceptions, as in `info,config=debug`; the
 * domain's prefix `belfry-` may be left out
 * @error: set to %BELFRY_ERROR_INVALID_ARGUMENT if that is not what @levels is; nothing changes
 * then
 *
 * Returns: whether the levels are now in force. Any thread.
 */
gboolean belfry_log_set_levels (const char *levels, GError **error);

/**
 * belfry_log_check_levels:
 *
 * Returns: whether belfry_log_set_levels() would take @levels
 */
gboolean belfry_log_check_levels (const char *levels, GError **error);

/**
 * belfry_log_get_levels:
 *
 * Returns: (transfer full): what is in force, in the form that belfry_log_set_levels() takes
 */
char *belfry_log_get_levels (void);

void belfry_log_write (BelfryLogLevel level,
                       const char *domain,
                       const char *file,
                       const char *line,
                       const char *function,
                       const BelfryLogContext *context,
                       const char *format,
                       ...) G_GNUC_PRINTF (7, 8);

/**
 * belfry_log_event:
 * @level: the level
 * @context: (nullable): the address of a #BelfryLogContext
 * @...: a format and its arguments, which are not evaluated unless the line is written
 *
 * Writes a line with journal fields.
 */
#define belfry_log_event(level, context, ...)                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if (belfry_log_enabled ((level), G_LOG_DOMAIN))                                                \
      belfry_log_write ((level), G_LOG_DOMAIN, __FILE__, G_STRINGIFY (__LINE__), G_STRFUNC,        \
                        (context), __VA_ARGS__);                                                   \
  }                                                                                                \
  G_STMT_END

#define belfry_log_error(...) belfry_log_event (BELFRY_LOG_ERROR, NULL, __VA_ARGS__)
#define belfry_log_warning(...) belfry_log_event (BELFRY_LOG_WARNING, NULL, __VA_ARGS__)
#define belfry_log_notice(...) belfry_log_event (BELFRY_LOG_NOTICE, NULL, __VA_ARGS__)
#define belfry_log_info(...) belfry_log_event (BELFRY_LOG_INFO, NULL, __VA_ARGS__)
#define belfry_log_debug(...) belfry_log_event (BELFRY_LOG_DEBUG, NULL, __VA_ARGS__)

G_END_DECLS
