/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-core-metrics.h"
#include "belfry-deadline-wheel.h"
#include "belfry-gate.h"

G_BEGIN_DECLS

typedef enum
{
  BELFRY_GATE_AUTHORIZERS,
  BELFRY_GATE_POLICIES,
  BELFRY_GATE_FILTERS,
  BELFRY_GATE_N_CHAINS,
} BelfryGateChain;

/**
 * BelfryGateLink:
 *
 * A plugin's place in a chain. Reference-counted, not atomically: the gate has one, and each call
 * that the plugin has not answered.
 */
typedef struct
{
  guint refs;
  char *name;         /* (owned) */
  char *file;         /* (owned) (nullable): where it came from */
  GObject *plugin;    /* (owned) */
  guint n_calls;      /* that it has not answered, too late or not */
  gint64 warned_late; /* when it was last complained about */
  gint64 warned_full;
  gint64 warned_failed;
  gboolean is_troubled; /* it was complained about, and has not answered well since */
} BelfryGateLink;

struct _BelfryGate
{
  GObject parent_instance;

  BelfryClock *clock;         /* (owned) */
  BelfryDeadlineWheel *wheel; /* (owned) */
  BelfryCoreSlot slot;
  GPtrArray *links[BELFRY_GATE_N_CHAINS]; /* (element-type BelfryGateLink) (owned) */
  gint64 timeout;
  guint max_calls;      /* that a plugin has not answered; lowered by tests */
  const char *objector; /* (unowned) (nullable): the policy that said no at once, the last time */
  gboolean required;
  gboolean has_settings; /* there is a policy that may want something of topics */
};

/**
 * BelfryGateMatter:
 *
 * What is to be decided: the data of a task whose source is the gate.
 */
typedef struct
{
  BelfryGateChain chain;
  guint next;      /* whom to ask next */
  gboolean failed; /* somebody who was asked could not say */
  BelfryTopicAction action;
  BelfryCredentials *credentials; /* (owned) (nullable) */
  BelfryIdentity *identity;       /* (owned) (nullable) */
  char *topic;                    /* (owned) (nullable) */
  GBytes *payload;                /* (owned) (nullable) */
  const char *objector;           /* (unowned) (nullable): the plugin that said no, a link's name */
  char *reason;                   /* (owned) (nullable): why, in its words */
} BelfryGateMatter;

/* What a plugin said; what the other chains would say is empty. */
typedef struct
{
  BelfryIdentity *identity; /* (owned) (nullable) */
  GBytes *payload;          /* (owned) (nullable) */
  GError *error;            /* (owned) (nullable) */
  BelfryVerdict verdict;
} BelfryGateAnswer;

static inline BelfryGate *
belfry_gate_of (GTask *task)
{
  return g_task_get_source_object (task);
}

static inline void
belfry_gate_count (BelfryGate *self, BelfryCoreMetric metric)
{
  belfry_core_slot_count (&self->slot, metric, 1);
}

/* belfry-gate-call.c */

BelfryGateLink *belfry_gate_link_new (const char *name, gpointer plugin);
void belfry_gate_link_unref (gpointer link);
void belfry_gate_answer_clear (BelfryGateAnswer *answer);

typedef void (*BelfryGateAnswered) (GTask *task, BelfryGateAnswer *answer);

/**
 * belfry_gate_call:
 * @error: set if the plugin is not asked because it owes too many answers
 * @func: called once, unless the plugin is not asked: with the answer, or an error when it is late.
 * What is left in the answer is freed
 *
 * Asks one plugin.
 */
gboolean belfry_gate_call (GTask *task,
                           const BelfryGateMatter *matter,
                           BelfryGateLink *link,
                           BelfryGateAnswered func,
                           GError **error);

/* belfry-gate-chain.c */

/* A matter with which belfry_gate_ask() can be asked, or one of the next two. */
BelfryGateMatter *belfry_gate_matter_new (BelfryGateChain chain);

/* @matter: (transfer full) */
void belfry_gate_set_matter (GTask *task, BelfryGateMatter *matter);

/* Asks the plugins of the matter's chain until one has ended the task. */
void belfry_gate_ask (GTask *task);
void belfry_gate_allow (GTask *task);
void belfry_gate_deny (GTask *task);

G_END_DECLS
