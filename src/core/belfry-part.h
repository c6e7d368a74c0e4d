/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-config.h"

G_BEGIN_DECLS

/**
 * BelfryPart:
 *
 * One step of the service's life: something that is started after the parts before it and stopped
 * before them. All of it is called on the main thread. A part implements what it needs; everything
 * has a default that does nothing and succeeds.
 */
#define BELFRY_TYPE_PART (belfry_part_get_type ())
G_DECLARE_INTERFACE (BelfryPart, belfry_part, BELFRY, PART, GObject)

/**
 * BelfryPartInterface:
 * @get_name: one lower-case word for logs
 * @start: starts at once; what the default @start_async calls
 * @start_async: starts; when cancelled, it must undo what it did and fail with
 * %G_IO_ERROR_CANCELLED, or succeed
 * @check: whether @next could be put in force by @apply; changes nothing
 * @apply: puts @next in force; every part said yes to it before, so it cannot fail
 * @drain_async: takes no new work and brings what there is to an end within @duration microseconds;
 * cancelled when the time is over
 * @stop: stops at once; what the default @stop_async calls
 * @stop_async: gives everything back; called once for every part that was started
 * @is_alive: whether it does its work; the watchdog is fed only while every part says so
 * @describe: appends its figures to the line that the service manager shows, starting with a comma
 */
struct _BelfryPartInterface
{
  GTypeInterface parent_iface;

  const char *(*get_name) (BelfryPart *self);
  gboolean (*start) (BelfryPart *self, BelfryConfig *config, GError **error);
  void (*start_async) (BelfryPart *self,
                       BelfryConfig *config,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*start_finish) (BelfryPart *self, GAsyncResult *result, GError **error);
  gboolean (*check) (BelfryPart *self, BelfryConfig *next, GError **error);
  void (*apply) (BelfryPart *self, BelfryConfig *next);
  void (*drain_async) (BelfryPart *self,
                       gint64 duration,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*drain_finish) (BelfryPart *self, GAsyncResult *result, GError **error);
  void (*stop) (BelfryPart *self);
  void (*stop_async) (BelfryPart *self, GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*stop_finish) (BelfryPart *self, GAsyncResult *result, GError **error);
  gboolean (*is_alive) (BelfryPart *self);
  void (*describe) (BelfryPart *self, GString *status);
};

const char *belfry_part_get_name (BelfryPart *self);
void belfry_part_start_async (BelfryPart *self,
                              BelfryConfig *config,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean belfry_part_start_finish (BelfryPart *self, GAsyncResult *result, GError **error);
gboolean belfry_part_check (BelfryPart *self, BelfryConfig *next, GError **error);
void belfry_part_apply (BelfryPart *self, BelfryConfig *next);
void belfry_part_drain_async (BelfryPart *self,
                              gint64 duration,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean belfry_part_drain_finish (BelfryPart *self, GAsyncResult *result, GError **error);
void belfry_part_stop_async (BelfryPart *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean belfry_part_stop_finish (BelfryPart *self, GAsyncResult *result, GError **error);
gboolean belfry_part_is_alive (BelfryPart *self);
void belfry_part_describe (BelfryPart *self, GString *status);

G_END_DECLS
