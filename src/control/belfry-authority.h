/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * BelfryRight:
 *
 * What a caller may be allowed to do; each is an action of polkit's.
 */
typedef enum
{
  BELFRY_RIGHT_INSPECT,
  BELFRY_RIGHT_PUBLISH,
  BELFRY_RIGHT_MANAGE_SESSIONS,
  BELFRY_RIGHT_MANAGE_SERVICE,
  BELFRY_N_RIGHTS,
} BelfryRight;

/* Returns: (transfer none): the action, as in `org.belfry.inspect` */
const char *belfry_right_get_action (BelfryRight right);

/**
 * BelfryAuthorityQuestion:
 *
 * May this caller do this? What it is about is for rules and for people to see.
 */
typedef struct
{
  const char *sender; /* (unowned): the caller's unique name */
  BelfryRight right;
  gboolean interactive; /* the caller's user may be asked for a password */
  const char *method;   /* (unowned) */
  const char *detail;   /* (unowned) (nullable): what @value is: "topic", "user", "session" */
  const char *value;    /* (unowned) (nullable) */
} BelfryAuthorityQuestion;

/**
 * BelfryAuthority:
 *
 * Who knows what a caller may do. Main thread.
 */
#define BELFRY_TYPE_AUTHORITY (belfry_authority_get_type ())
G_DECLARE_INTERFACE (BelfryAuthority, belfry_authority, BELFRY, AUTHORITY, GObject)

/**
 * BelfryAuthorityInterface:
 * @check_async: the question is not needed after the call
 * @check_finish: whether it is allowed; if not, @error is %BELFRY_ERROR_FORBIDDEN, or
 * %BELFRY_ERROR_UNAVAILABLE if nobody could be asked, or %G_IO_ERROR_CANCELLED
 */
struct _BelfryAuthorityInterface
{
  GTypeInterface parent_iface;

  void (*check_async) (BelfryAuthority *self,
                       const BelfryAuthorityQuestion *question,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
  gboolean (*check_finish) (BelfryAuthority *self, GAsyncResult *result, GError **error);
};

void belfry_authority_check_async (BelfryAuthority *self,
                                   const BelfryAuthorityQuestion *question,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean
belfry_authority_check_finish (BelfryAuthority *self, GAsyncResult *result, GError **error);

/* For implementations. Returns: (transfer full): what is told to who may not */
GError *belfry_authority_refusal_new (BelfryRight right);

G_END_DECLS
