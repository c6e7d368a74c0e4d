/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#if !defined(BELFRY_INSIDE) && !defined(BELFRY_COMPILATION)
#error "Only <belfry/belfry.h> can be included directly."
#endif

#include <glib-object.h>

#include <belfry/belfry-enums.h>

G_BEGIN_DECLS

/**
 * BelfryIdentity:
 *
 * Who somebody is: what an authorizer makes of credentials. Immutable, atomically
 * reference-counted; any thread.
 */
typedef struct _BelfryIdentity BelfryIdentity;

#define BELFRY_TYPE_IDENTITY (belfry_identity_get_type ())
BELFRY_API
GType belfry_identity_get_type (void);

/**
 * BelfryIdentityBuilder:
 *
 * Puts an identity together.
 */
typedef struct _BelfryIdentityBuilder BelfryIdentityBuilder;

#define BELFRY_TYPE_IDENTITY_BUILDER (belfry_identity_builder_get_type ())
BELFRY_API
GType belfry_identity_builder_get_type (void);

/* @subject: the user's name, 1 to 255 bytes of UTF-8 */
BELFRY_API
BelfryIdentityBuilder *belfry_identity_builder_new (const char *subject);
BELFRY_API
BelfryIdentityBuilder *belfry_identity_builder_ref (BelfryIdentityBuilder *self);
BELFRY_API
void belfry_identity_builder_unref (BelfryIdentityBuilder *self);
BELFRY_API
void belfry_identity_builder_add_role (BelfryIdentityBuilder *self, const char *role);

/* A claim is a name and the text form of its value: a string's own text, or JSON for all else. */
BELFRY_API
void belfry_identity_builder_add_claim (BelfryIdentityBuilder *self,
                                        const char *name,
                                        const char *value);

/* @pattern: topics for which @action is allowed, without asking a policy */
BELFRY_API
void belfry_identity_builder_add_grant (BelfryIdentityBuilder *self,
                                        BelfryTopicAction action,
                                        const char *pattern);

/* @expires: microseconds since 1970; 0 for never */
BELFRY_API
void belfry_identity_builder_set_expiry (BelfryIdentityBuilder *self, gint64 expires);

/* What identifies the token, so that it can be revoked. */
BELFRY_API
void belfry_identity_builder_set_token_id (BelfryIdentityBuilder *self, const char *token_id);

/* @json: an object that others see in presence lists */
BELFRY_API
void belfry_identity_builder_set_info (BelfryIdentityBuilder *self, const char *json);

/* Returns: (transfer full): the identity; the builder is empty afterwards but for the subject */
BELFRY_API
BelfryIdentity *belfry_identity_builder_end (BelfryIdentityBuilder *self);

BELFRY_API
BelfryIdentity *belfry_identity_ref (BelfryIdentity *self);
BELFRY_API
void belfry_identity_unref (BelfryIdentity *self);
BELFRY_API
const char *belfry_identity_get_subject (const BelfryIdentity *self);
BELFRY_API
const char *belfry_identity_get_token_id (const BelfryIdentity *self);
BELFRY_API
const char *belfry_identity_get_info (const BelfryIdentity *self);
BELFRY_API
gint64 belfry_identity_get_expiry (const BelfryIdentity *self);
BELFRY_API
gboolean belfry_identity_has_role (const BelfryIdentity *self, const char *role);

/* Returns: (transfer none) (array zero-terminated=1) */
BELFRY_API
const char *const *belfry_identity_get_roles (const BelfryIdentity *self);

/* Returns: (transfer none) (nullable) */
BELFRY_API
const char *belfry_identity_get_claim (const BelfryIdentity *self, const char *name);

/* Returns: (transfer none) (array zero-terminated=1): patterns */
BELFRY_API
const char *const *belfry_identity_get_grants (const BelfryIdentity *self,
                                               BelfryTopicAction action);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryIdentity, belfry_identity_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryIdentityBuilder, belfry_identity_builder_unref)

G_END_DECLS
