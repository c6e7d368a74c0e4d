/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-control.h"
#include "belfry-test-core.h"

G_BEGIN_DECLS

/**
 * BelfryFakeAuthority:
 *
 * Says what the test wants, and writes down what it was asked.
 */
#define BELFRY_TYPE_FAKE_AUTHORITY (belfry_fake_authority_get_type ())
G_DECLARE_FINAL_TYPE (BelfryFakeAuthority, belfry_fake_authority, BELFRY, FAKE_AUTHORITY, GObject)

struct _BelfryFakeAuthority
{
  GObject parent_instance;

  GString *asked;  /* (owned): `org.belfry.inspect Get topic=x; ` and so on */
  GPtrArray *held; /* (element-type GTask) (owned) */
  gboolean denies;
  gboolean holds; /* until belfry_fake_authority_release() */
};

void belfry_fake_authority_release (BelfryFakeAuthority *self);

/**
 * BelfryFakeHost:
 *
 * The service above the control, as far as a test needs one.
 */
#define BELFRY_TYPE_FAKE_HOST (belfry_fake_host_get_type ())
G_DECLARE_FINAL_TYPE (BelfryFakeHost, belfry_fake_host, BELFRY, FAKE_HOST, GObject)

struct _BelfryFakeHost
{
  GObject parent_instance;

  BelfryControlState state;
  gint64 drained; /* the last duration; -1: never */
  guint shed;     /* the last share; 0: never */
  gboolean refuses;
  guint n_connections;
};

/**
 * BelfryTestControl:
 *
 * A control over a whole core, on a bus of its own, and somebody who calls it. All of it on this
 * thread's main context.
 */
typedef struct
{
  BelfryTestCore core;
  GTestDBus *bus;                 /* (owned) */
  GDBusConnection *service;       /* (owned) */
  GDBusConnection *client;        /* (owned) */
  BelfryFakeAuthority *authority; /* (owned) */
  BelfryFakeHost *host;           /* (owned) */
  BelfryControl *control;         /* (owned) */
} BelfryTestControl;

/* @config: as for a BelfryTestCore */
void belfry_test_control_init (BelfryTestControl *self, const char *config);
void belfry_test_control_clear (BelfryTestControl *self);

/* A GAsyncReadyCallback that keeps the result: (out) (transfer full) */
void belfry_test_control_take_result (GObject *source, GAsyncResult *result, gpointer user_data);

/* Returns: (transfer full): one more on the bus */
GDBusConnection *belfry_test_control_connect (BelfryTestControl *self);

/* Returns: (transfer full): one on another bus */
GDBusConnection *belfry_test_control_connect_to (GTestDBus *bus);

/* Closes it and waits until the bus has told the control. (transfer full) */
void belfry_test_control_leave (BelfryTestControl *self, GDBusConnection *connection);

/* A call by @connection, waited for. @method: `Sessions1.List`; @arguments: floating, or %NULL.
 * Returns: (transfer full) (nullable) */
GVariant *belfry_test_control_call (BelfryTestControl *self,
                                    GDBusConnection *connection,
                                    const char *method,
                                    GVariant *arguments,
                                    GError **error);

/* Fails unless the call gives what @expected is as text. */
void belfry_test_control_assert (BelfryTestControl *self,
                                 const char *method,
                                 const char *arguments,
                                 const char *expected);

/* Fails unless the call fails so; @name: without `org.belfry.Error.` */
void belfry_test_control_assert_fails (BelfryTestControl *self,
                                       const char *method,
                                       const char *arguments,
                                       const char *name,
                                       const char *pattern);

G_END_DECLS
