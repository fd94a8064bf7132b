-- 0006
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version (version_num) VALUES ('0006');
CREATE TABLE counter (
	version VARCHAR(40) NOT NULL,
	node TEXT NOT NULL,
	handle TEXT NOT NULL,
	n BIGINT NOT NULL,
	CONSTRAINT uq_counter_version_node_handle UNIQUE (version, node, handle)
);
CREATE TABLE entry (
	journey VARCHAR(40) NOT NULL,
	customer VARCHAR(40) NOT NULL,
	"key" TEXT NOT NULL,
	run VARCHAR(40) NOT NULL,
	last_at BIGINT NOT NULL,
	open BOOLEAN NOT NULL,
	CONSTRAINT uq_entry_journey_customer_key UNIQUE (journey, customer, "key")
);
CREATE TABLE schedule_fire (
	schedule VARCHAR(40) NOT NULL,
	nominal VARCHAR(32) NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT uq_schedule_fire_schedule_nominal UNIQUE (schedule, nominal)
);
CREATE TABLE setup_link (
	token_hash VARCHAR(64) NOT NULL,
	created_at BIGINT NOT NULL,
	used_at BIGINT,
	CONSTRAINT pk_setup_link PRIMARY KEY (token_hash)
);
CREATE TABLE signal (
	seq INTEGER NOT NULL,
	run VARCHAR(40) NOT NULL,
	kind VARCHAR(10) NOT NULL,
	body_json TEXT DEFAULT '{}' NOT NULL,
	CONSTRAINT pk_signal PRIMARY KEY (seq)
);
CREATE INDEX ix_signal_run_seq ON signal (run, seq);
CREATE TABLE workspace (
	id VARCHAR(40) NOT NULL,
	name TEXT NOT NULL,
	time_zone TEXT DEFAULT 'UTC' NOT NULL,
	settings_json TEXT DEFAULT '{}' NOT NULL,
	live_rev BIGINT DEFAULT '0' NOT NULL,
	last_at BIGINT DEFAULT '0' NOT NULL,
	flood_by VARCHAR(40),
	flood_until BIGINT DEFAULT '0' NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_workspace PRIMARY KEY (id)
);
CREATE TABLE api_key (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	kind VARCHAR(8) NOT NULL,
	name TEXT DEFAULT '' NOT NULL,
	token_hash VARCHAR(64) NOT NULL,
	hint VARCHAR(16) NOT NULL,
	created_at BIGINT NOT NULL,
	revoked_at BIGINT,
	CONSTRAINT pk_api_key PRIMARY KEY (id),
	CONSTRAINT fk_api_key_workspace FOREIGN KEY(workspace) REFERENCES workspace (id),
	CONSTRAINT uq_api_key_token_hash UNIQUE (token_hash)
);
CREATE TABLE audit (
	seq INTEGER NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	at BIGINT NOT NULL,
	who TEXT NOT NULL,
	what TEXT NOT NULL,
	"of" TEXT NOT NULL,
	detail_json TEXT DEFAULT '{}' NOT NULL,
	chain BLOB NOT NULL,
	CONSTRAINT pk_audit PRIMARY KEY (seq),
	CONSTRAINT fk_audit_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE TABLE bucket (
	workspace VARCHAR(40) NOT NULL,
	provider TEXT NOT NULL,
	full_at BIGINT NOT NULL,
	CONSTRAINT uq_bucket_workspace_provider UNIQUE (workspace, provider),
	CONSTRAINT fk_bucket_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE TABLE chore (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	kind VARCHAR(8) NOT NULL,
	ref TEXT NOT NULL,
	state_json TEXT DEFAULT '{}' NOT NULL,
	next_at BIGINT,
	created_at BIGINT NOT NULL,
	done_at BIGINT,
	CONSTRAINT pk_chore PRIMARY KEY (id),
	CONSTRAINT uq_chore_kind_workspace_ref UNIQUE (kind, workspace, ref),
	CONSTRAINT fk_chore_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE INDEX ix_chore_due ON chore (next_at) WHERE next_at IS NOT NULL;
CREATE TABLE credential (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	name TEXT NOT NULL,
	kind VARCHAR(16) NOT NULL,
	sealed BLOB NOT NULL,
	hosts_json TEXT DEFAULT '[]' NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	CONSTRAINT pk_credential PRIMARY KEY (id),
	CONSTRAINT uq_credential_workspace_name UNIQUE (workspace, name),
	CONSTRAINT fk_credential_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE TABLE customer (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	external_id TEXT,
	email TEXT,
	attributes_json TEXT DEFAULT '{}' NOT NULL,
	consent_json TEXT DEFAULT '{}' NOT NULL,
	segments_json TEXT DEFAULT '[]' NOT NULL,
	sample BOOLEAN DEFAULT false NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	CONSTRAINT pk_customer PRIMARY KEY (id),
	CONSTRAINT uq_customer_workspace_external_id UNIQUE (workspace, external_id),
	CONSTRAINT fk_customer_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE INDEX ix_customer_workspace_email ON customer (workspace, email);
CREATE TABLE dead_letter (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	kind VARCHAR(8) NOT NULL,
	ref TEXT NOT NULL,
	reason TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	resolved_at BIGINT,
	CONSTRAINT pk_dead_letter PRIMARY KEY (id),
	CONSTRAINT uq_dead_letter_kind_ref UNIQUE (kind, ref),
	CONSTRAINT fk_dead_letter_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE INDEX ix_dead_letter_open ON dead_letter (workspace, created_at) WHERE resolved_at IS NULL;
CREATE TABLE erased (
	workspace VARCHAR(40) NOT NULL,
	digest VARCHAR(64) NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT uq_erased_workspace_digest UNIQUE (workspace, digest),
	CONSTRAINT fk_erased_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE TABLE event (
	seq INTEGER NOT NULL,
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	source TEXT NOT NULL,
	external_id TEXT NOT NULL,
	body_hash BLOB NOT NULL,
	kind VARCHAR(10) DEFAULT 'track' NOT NULL,
	name TEXT NOT NULL,
	who_json TEXT,
	customer VARCHAR(40),
	properties_json TEXT DEFAULT '{}' NOT NULL,
	target VARCHAR(40),
	target_node TEXT,
	sample BOOLEAN DEFAULT false NOT NULL,
	at BIGINT NOT NULL,
	received_at BIGINT NOT NULL,
	routed_at BIGINT,
	outcome_json TEXT,
	CONSTRAINT pk_event PRIMARY KEY (seq),
	CONSTRAINT uq_event_workspace_source_external_id UNIQUE (workspace, source, external_id),
	CONSTRAINT uq_event_id UNIQUE (id),
	CONSTRAINT fk_event_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE INDEX ix_event_customer ON event (customer, seq) WHERE customer IS NOT NULL;
CREATE INDEX ix_event_unrouted ON event (workspace, seq) WHERE routed_at IS NULL;
CREATE TABLE held (
	workspace VARCHAR(40) NOT NULL,
	provider TEXT NOT NULL,
	until_at BIGINT NOT NULL,
	failures INTEGER NOT NULL,
	pause_us BIGINT NOT NULL,
	CONSTRAINT uq_held_workspace_provider UNIQUE (workspace, provider),
	CONSTRAINT fk_held_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE TABLE journey (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	slug TEXT NOT NULL,
	name TEXT NOT NULL,
	draft_json TEXT DEFAULT '{}' NOT NULL,
	draft_rev BIGINT DEFAULT '1' NOT NULL,
	draft_at BIGINT NOT NULL,
	state VARCHAR(8) DEFAULT 'draft' NOT NULL,
	live_version VARCHAR(40),
	sample BOOLEAN DEFAULT false NOT NULL,
	created_at BIGINT NOT NULL,
	deleted_at BIGINT,
	CONSTRAINT pk_journey PRIMARY KEY (id),
	CONSTRAINT uq_journey_workspace_slug UNIQUE (workspace, slug),
	CONSTRAINT fk_journey_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE TABLE message (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	"key" TEXT NOT NULL,
	run VARCHAR(40),
	customer VARCHAR(40),
	"to" TEXT NOT NULL,
	subject TEXT NOT NULL,
	text TEXT NOT NULL,
	html TEXT,
	message_id TEXT NOT NULL,
	via VARCHAR(8) NOT NULL,
	sample BOOLEAN DEFAULT false NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_message PRIMARY KEY (id),
	CONSTRAINT fk_message_workspace FOREIGN KEY(workspace) REFERENCES workspace (id),
	CONSTRAINT uq_message_key UNIQUE ("key")
);
CREATE INDEX ix_message_workspace_created_at ON message (workspace, created_at);
CREATE TABLE person (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	email TEXT NOT NULL,
	name TEXT NOT NULL,
	password_hash TEXT NOT NULL,
	role VARCHAR(16) NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_person PRIMARY KEY (id),
	CONSTRAINT uq_person_email UNIQUE (email),
	CONSTRAINT fk_person_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE TABLE run (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	journey VARCHAR(40) NOT NULL,
	version VARCHAR(40) NOT NULL,
	event VARCHAR(40) NOT NULL,
	customer VARCHAR(40),
	entry_key TEXT DEFAULT '' NOT NULL,
	"trigger" TEXT NOT NULL,
	status VARCHAR(10) DEFAULT 'running' NOT NULL,
	reason TEXT,
	state_json TEXT DEFAULT '{}' NOT NULL,
	wake_at BIGINT,
	fence BIGINT DEFAULT '0' NOT NULL,
	lease_until BIGINT DEFAULT '0' NOT NULL,
	attempts INTEGER DEFAULT '0' NOT NULL,
	sample BOOLEAN DEFAULT false NOT NULL,
	started_at BIGINT NOT NULL,
	ended_at BIGINT,
	goal_at BIGINT,
	CONSTRAINT pk_run PRIMARY KEY (id),
	CONSTRAINT uq_run_workspace_journey_event UNIQUE (workspace, journey, event),
	CONSTRAINT fk_run_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE INDEX ix_run_customer ON run (customer, started_at);
CREATE INDEX ix_run_due ON run (workspace, wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX ix_run_journey ON run (journey, status, started_at);
CREATE INDEX ix_run_open ON run (customer) WHERE ended_at IS NULL;
CREATE TABLE schedule (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	journey VARCHAR(40) NOT NULL,
	node TEXT NOT NULL,
	cron TEXT NOT NULL,
	time_zone TEXT NOT NULL,
	segment TEXT,
	next_at BIGINT NOT NULL,
	cursor TEXT,
	missed VARCHAR(8) DEFAULT 'latest' NOT NULL,
	CONSTRAINT pk_schedule PRIMARY KEY (id),
	CONSTRAINT uq_schedule_journey_node UNIQUE (journey, node),
	CONSTRAINT fk_schedule_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE INDEX ix_schedule_next_at ON schedule (next_at);
CREATE TABLE task (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	run VARCHAR(40),
	customer VARCHAR(40),
	"key" TEXT NOT NULL,
	title TEXT NOT NULL,
	notes TEXT NOT NULL,
	assignee TEXT,
	due_at BIGINT,
	created_at BIGINT NOT NULL,
	done_at BIGINT,
	CONSTRAINT pk_task PRIMARY KEY (id),
	CONSTRAINT fk_task_workspace FOREIGN KEY(workspace) REFERENCES workspace (id),
	CONSTRAINT uq_task_key UNIQUE ("key")
);
CREATE INDEX ix_task_run ON task (run);
CREATE TABLE approval (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	run VARCHAR(40) NOT NULL,
	token INTEGER NOT NULL,
	node TEXT NOT NULL,
	visit INTEGER NOT NULL,
	journey VARCHAR(40) NOT NULL,
	customer VARCHAR(40),
	ask_json TEXT DEFAULT '{}' NOT NULL,
	state VARCHAR(10) DEFAULT 'open' NOT NULL,
	decision_json TEXT,
	created_at BIGINT NOT NULL,
	expires_at BIGINT,
	decided_at BIGINT,
	CONSTRAINT pk_approval PRIMARY KEY (id),
	CONSTRAINT uq_approval_run_token_node_visit UNIQUE (run, token, node, visit),
	CONSTRAINT fk_approval_workspace FOREIGN KEY(workspace) REFERENCES workspace (id),
	CONSTRAINT fk_approval_run FOREIGN KEY(run) REFERENCES run (id)
);
CREATE INDEX ix_approval_workspace_state_created_at ON approval (workspace, state, created_at);
CREATE TABLE draft_edit (
	journey VARCHAR(40) NOT NULL,
	rev BIGINT NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	at BIGINT NOT NULL,
	person VARCHAR(40),
	name TEXT NOT NULL,
	client VARCHAR(64),
	seq BIGINT,
	base BIGINT NOT NULL,
	label TEXT NOT NULL,
	ops_json TEXT DEFAULT '[]' NOT NULL,
	document_json TEXT,
	CONSTRAINT uq_draft_edit_journey_rev UNIQUE (journey, rev),
	CONSTRAINT uq_draft_edit_journey_client_seq UNIQUE (journey, client, seq),
	CONSTRAINT fk_draft_edit_journey FOREIGN KEY(journey) REFERENCES journey (id),
	CONSTRAINT fk_draft_edit_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE TABLE hook (
	token VARCHAR(64) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	journey VARCHAR(40) NOT NULL,
	node TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_hook PRIMARY KEY (token),
	CONSTRAINT uq_hook_journey_node UNIQUE (journey, node),
	CONSTRAINT fk_hook_workspace FOREIGN KEY(workspace) REFERENCES workspace (id),
	CONSTRAINT fk_hook_journey FOREIGN KEY(journey) REFERENCES journey (id)
);
CREATE TABLE identity (
	workspace VARCHAR(40) NOT NULL,
	kind VARCHAR(12) NOT NULL,
	value TEXT NOT NULL,
	customer VARCHAR(40) NOT NULL,
	CONSTRAINT uq_identity_workspace_kind_value UNIQUE (workspace, kind, value),
	CONSTRAINT fk_identity_workspace FOREIGN KEY(workspace) REFERENCES workspace (id),
	CONSTRAINT fk_identity_customer FOREIGN KEY(customer) REFERENCES customer (id)
);
CREATE INDEX ix_identity_customer ON identity (customer);
CREATE TABLE journal (
	run VARCHAR(40) NOT NULL,
	fence BIGINT NOT NULL,
	steps_json TEXT NOT NULL,
	CONSTRAINT uq_journal_run_fence UNIQUE (run, fence),
	CONSTRAINT fk_journal_run FOREIGN KEY(run) REFERENCES run (id)
);
CREATE TABLE journey_version (
	id VARCHAR(40) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	journey VARCHAR(40) NOT NULL,
	number INTEGER NOT NULL,
	hash VARCHAR(64) NOT NULL,
	document_json TEXT DEFAULT '{}' NOT NULL,
	published_at BIGINT NOT NULL,
	published_by TEXT,
	CONSTRAINT pk_journey_version PRIMARY KEY (id),
	CONSTRAINT uq_journey_version_journey_number UNIQUE (journey, number),
	CONSTRAINT fk_journey_version_workspace FOREIGN KEY(workspace) REFERENCES workspace (id),
	CONSTRAINT fk_journey_version_journey FOREIGN KEY(journey) REFERENCES journey (id)
);
CREATE TABLE outbox (
	"key" TEXT NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	run VARCHAR(40) NOT NULL,
	kind VARCHAR(8) NOT NULL,
	once BOOLEAN NOT NULL,
	credential TEXT,
	body BLOB NOT NULL,
	retry_json TEXT DEFAULT '{}' NOT NULL,
	state VARCHAR(8) DEFAULT 'pending' NOT NULL,
	attempts INTEGER DEFAULT '0' NOT NULL,
	next_at BIGINT,
	fence BIGINT DEFAULT '0' NOT NULL,
	lease_until BIGINT DEFAULT '0' NOT NULL,
	answer_json TEXT,
	created_at BIGINT NOT NULL,
	done_at BIGINT,
	asked_at BIGINT,
	CONSTRAINT pk_outbox PRIMARY KEY ("key"),
	CONSTRAINT fk_outbox_workspace FOREIGN KEY(workspace) REFERENCES workspace (id),
	CONSTRAINT fk_outbox_run FOREIGN KEY(run) REFERENCES run (id)
);
CREATE INDEX ix_outbox_due ON outbox (workspace, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX ix_outbox_run ON outbox (run);
CREATE TABLE presence (
	journey VARCHAR(40) NOT NULL,
	client VARCHAR(64) NOT NULL,
	workspace VARCHAR(40) NOT NULL,
	person VARCHAR(40),
	name TEXT NOT NULL,
	color INTEGER NOT NULL,
	state_json TEXT DEFAULT '{}' NOT NULL,
	at BIGINT NOT NULL,
	CONSTRAINT uq_presence_journey_client UNIQUE (journey, client),
	CONSTRAINT fk_presence_journey FOREIGN KEY(journey) REFERENCES journey (id),
	CONSTRAINT fk_presence_workspace FOREIGN KEY(workspace) REFERENCES workspace (id)
);
CREATE TABLE session (
	token_hash VARCHAR(64) NOT NULL,
	person VARCHAR(40) NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	CONSTRAINT pk_session PRIMARY KEY (token_hash),
	CONSTRAINT fk_session_person FOREIGN KEY(person) REFERENCES person (id)
);
CREATE TABLE timer (
	run VARCHAR(40) NOT NULL,
	token INTEGER NOT NULL,
	node TEXT NOT NULL,
	visit INTEGER NOT NULL,
	journey VARCHAR(40) NOT NULL,
	kind VARCHAR(10) NOT NULL,
	deadline_at BIGINT,
	event TEXT,
	since_at BIGINT NOT NULL,
	CONSTRAINT uq_timer_run_token_node_visit UNIQUE (run, token, node, visit),
	CONSTRAINT fk_timer_run FOREIGN KEY(run) REFERENCES run (id)
);
CREATE INDEX ix_timer_journey_node ON timer (journey, node);
