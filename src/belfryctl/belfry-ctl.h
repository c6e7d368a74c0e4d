/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-exit.h"

G_BEGIN_DECLS

#define BELFRY_CTL_NAME "belfryctl"

/* The interfaces, for belfry_ctl_call(). */
#define BELFRY_CTL_MANAGER "org.belfry.Manager1"
#define BELFRY_CTL_SESSIONS "org.belfry.Sessions1"
#define BELFRY_CTL_TOPICS "org.belfry.Topics1"
#define BELFRY_CTL_METRICS "org.belfry.Metrics1"

/**
 * BelfryCtlOptions:
 *
 * Everything that an option of any verb can set. Which of them a verb takes is in its row of the
 * table of verbs.
 */
typedef struct
{
  gboolean session;
  gboolean json;
  gboolean version;
  gboolean help;
  char *user;       /* (owned) (nullable) */
  char *address;    /* (owned) (nullable) */
  char *topic;      /* (owned) (nullable) */
  char *dialect;    /* (owned) (nullable) */
  char *state;      /* (owned) (nullable) */
  char *queued;     /* (owned) (nullable): a size */
  char *duration;   /* (owned) (nullable) */
  char *reason;     /* (owned) (nullable) */
  char *key;        /* (owned) (nullable) */
  char *config;     /* (owned) (nullable) */
  char *env_file;   /* (owned) (nullable) */
  char *expires;    /* (owned) (nullable): a duration */
  char *id;         /* (owned) (nullable): of a token */
  char **set;       /* (owned) (nullable) */
  char **roles;     /* (owned) (nullable) */
  char **subscribe; /* (owned) (nullable) */
  char **publish;   /* (owned) (nullable) */
  int limit;
  int code;
  int count;
} BelfryCtlOptions;

/**
 * BelfryCtl:
 *
 * One run of the program. Everything is done on the thread of main(), one thing after the other.
 */
typedef struct
{
  BelfryCtlOptions options;
  GDBusConnection *bus; /* (owned) (nullable): connected with the first call */
} BelfryCtl;

/**
 * BelfryCtlRun:
 * @words: (array zero-terminated=1): what stands behind the verb
 *
 * Does what a verb says, and tells of what goes wrong.
 *
 * Returns: the exit status
 */
typedef int (*BelfryCtlRun) (BelfryCtl *self, const char *const *words);

/**
 * belfry_ctl_run:
 * @argv: (array zero-terminated=1)
 *
 * Returns: the exit status
 */
int belfry_ctl_run (const char *const *argv);

/* The verbs: a file each. */

int belfry_ctl_status (BelfryCtl *self, const char *const *words);
int belfry_ctl_sessions (BelfryCtl *self, const char *const *words);
int belfry_ctl_session (BelfryCtl *self, const char *const *words);
int belfry_ctl_subscribe (BelfryCtl *self, const char *const *words);
int belfry_ctl_unsubscribe (BelfryCtl *self, const char *const *words);
int belfry_ctl_send (BelfryCtl *self, const char *const *words);
int belfry_ctl_kick (BelfryCtl *self, const char *const *words);
int belfry_ctl_block (BelfryCtl *self, const char *const *words);
int belfry_ctl_unblock (BelfryCtl *self, const char *const *words);
int belfry_ctl_revoke (BelfryCtl *self, const char *const *words);
int belfry_ctl_topics (BelfryCtl *self, const char *const *words);
int belfry_ctl_topic (BelfryCtl *self, const char *const *words);
int belfry_ctl_publish (BelfryCtl *self, const char *const *words);
int belfry_ctl_watch (BelfryCtl *self, const char *const *words);
int belfry_ctl_monitor (BelfryCtl *self, const char *const *words);
int belfry_ctl_metrics (BelfryCtl *self, const char *const *words);
int belfry_ctl_top (BelfryCtl *self, const char *const *words);
int belfry_ctl_plugins (BelfryCtl *self, const char *const *words);
int belfry_ctl_reload (BelfryCtl *self, const char *const *words);
int belfry_ctl_reexec (BelfryCtl *self, const char *const *words);
int belfry_ctl_drain (BelfryCtl *self, const char *const *words);
int belfry_ctl_shed (BelfryCtl *self, const char *const *words);
int belfry_ctl_log_level (BelfryCtl *self, const char *const *words);
int belfry_ctl_config (BelfryCtl *self, const char *const *words);
int belfry_ctl_token (BelfryCtl *self, const char *const *words);

G_END_DECLS
