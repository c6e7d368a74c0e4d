/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-bus-interfaces.h"
#include "belfry-control.h"

G_BEGIN_DECLS

/* How many entries a page of a list has, unless asked for, and at the most. */
#define BELFRY_CONTROL_PAGE 100
#define BELFRY_CONTROL_MAX_PAGE 1000

struct _BelfryControl
{
  GObject parent_instance;

  BelfryHub *hub;                   /* (owned) */
  BelfryMetrics *metrics;           /* (owned) */
  BelfryLoader *loader;             /* (owned) (nullable) */
  BelfryControlHost *host;          /* (unowned) */
  BelfryBusManager1 *manager;       /* (owned) */
  BelfryBusMetrics1 *metrics_iface; /* (owned) */
  BelfryBusSessions1 *sessions;     /* (owned) */
  BelfryBusTopics1 *topics;         /* (owned) */
  BelfryAuthority *authority;       /* (owned) (nullable): while exported */
  BelfryCallers *callers;           /* (owned) (nullable): while exported */
  GSource *refresh;                 /* (owned) (nullable): while exported */
  gboolean broker_lost;
};

/**
 * BelfryControlHandler:
 * @invocation: (transfer full): to be answered, now or later
 * @arguments: of the type that the XML says
 *
 * Does what a method is for. Whether the caller may is decided before. The control is there until
 * it returns, not longer.
 */
typedef void (*BelfryControlHandler) (BelfryControl *self,
                                      GDBusMethodInvocation *invocation,
                                      GVariant *arguments);

/**
 * BelfryControlMethod:
 *
 * A method, and who may call it. What is not in a table cannot be called.
 */
typedef struct
{
  const char *name; /* (unowned) */
  BelfryRight right;
  const char *detail; /* (unowned) (nullable): what the first argument is: "topic", "user",
                         "session" */
  BelfryControlHandler handler;
} BelfryControlMethod;

/* Each ends with one without a name. */
extern const BelfryControlMethod belfry_control_manager_methods[];
extern const BelfryControlMethod belfry_control_metrics_methods[];
extern const BelfryControlMethod belfry_control_sessions_methods[];
extern const BelfryControlMethod belfry_control_topics_methods[];

/* Returns: (nullable): the table's entry */
const BelfryControlMethod *belfry_control_find_method (const char *interface, const char *method);

/* @limit: as the caller gave it. Returns: (transfer none): how many entries it means, at least one
 */
guint belfry_control_page_size (guint limit);

/* Returns: (transfer floating): a string, whatever the bytes are: the bus takes UTF-8 alone */
GVariant *belfry_control_text (const char *text);

/* belfry-control-sessions.c: what callers that asked are told */
extern const BelfryHubObserver belfry_control_observer;

G_END_DECLS
