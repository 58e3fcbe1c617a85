-- Jobs of a tenant, the latest first, page by page.
CREATE INDEX job_listing ON job (tenant_no, job_no);
