/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <glib.h>

#include "belfry-frame.h"

G_BEGIN_DECLS

/**
 * BelfryCloseCode:
 *
 * Every reason for which we end a connection. Those of 44xx tell a client not to come back as it
 * is, those of 45xx to come back once the cause is cured.
 */
typedef enum
{
  BELFRY_CLOSE_NORMAL = 1000,
  BELFRY_CLOSE_GOING_AWAY = 1001, /* the service stops */
  BELFRY_CLOSE_PROTOCOL = 1002,
  BELFRY_CLOSE_WRONG_KIND = 1003, /* binary where text is wanted, or the reverse */
  BELFRY_CLOSE_NO_STATUS = 1005,  /* never sent: a close that came without a code */
  BELFRY_CLOSE_BAD_DATA = 1007,   /* not UTF-8, or not what compression makes */
  BELFRY_CLOSE_POLICY = 1008,
  BELFRY_CLOSE_TOO_BIG = 1009,
  BELFRY_CLOSE_INTERNAL = 1011,
  BELFRY_CLOSE_RESTART = 1012,   /* come back after the delay that the reason names */
  BELFRY_CLOSE_TRY_LATER = 1013, /* over capacity */
  BELFRY_CLOSE_AUTHENTICATION_FAILED = 4401,
  BELFRY_CLOSE_BLOCKED = 4403,                /* closed by the administrator */
  BELFRY_CLOSE_AUTHENTICATION_TIMEOUT = 4408, /* did not sign in in time */
  BELFRY_CLOSE_REPLACED = 4409,               /* another connection took over */
  BELFRY_CLOSE_SLOW_CONSUMER = 4501,
  BELFRY_CLOSE_TOKEN_EXPIRED = 4502,
  BELFRY_CLOSE_LOST_POSITION = 4503,
} BelfryCloseCode;

#define BELFRY_CLOSE_REASON_MAX (BELFRY_FRAME_CONTROL_MAX - 2)

/**
 * BelfryClose:
 *
 * What a close frame says.
 */
typedef struct
{
  guint code;
  const guint8 *reason; /* (unowned) (nullable): points into the payload; not terminated */
  gsize reason_length;
} BelfryClose;

/**
 * belfry_close_code_is_valid:
 *
 * Returns: whether the code may stand on the wire
 */
gboolean belfry_close_code_is_valid (guint code);

/**
 * belfry_close_parse:
 * @payload: (array length=length): the payload of a close frame
 * @length: its length
 * @close: (out): what it says, with %BELFRY_CLOSE_NO_STATUS if it is empty
 * @problem: (out): what is wrong, in words that a peer may be told, if something is
 *
 * Returns: 0, or the code to answer a wrong payload with
 */
guint
belfry_close_parse (const guint8 *payload, gsize length, BelfryClose *close, const char **problem);

/**
 * belfry_close_encode:
 * @code: a valid code, or %BELFRY_CLOSE_NO_STATUS for an empty payload
 * @reason: (nullable): why, for people; cut before the first character that does not fit or is not
 * well-formed
 * @payload: (out caller-allocated): where to write
 *
 * Returns: how many bytes were written
 */
gsize
belfry_close_encode (guint code, const char *reason, guint8 payload[BELFRY_FRAME_CONTROL_MAX]);

/**
 * belfry_close_frame:
 *
 * Returns: (transfer full): a whole close frame as servers send it; the arguments are those of
 * belfry_close_encode()
 */
GBytes *belfry_close_frame (guint code, const char *reason);

G_END_DECLS
